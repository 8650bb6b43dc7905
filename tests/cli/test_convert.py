"""Promises of `tinymorph convert`."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import docx
import pytest
from pypdf import PdfReader

from helpers.rich_document import PNG, rich_document
from tinymorph.cli.main import main
from tinymorph.text.formats.docx_writer import write_docx
from tinymorph.text.markdown import read_markdown

MARKDOWN = "# A letter\n\nDear *all*,\n\n- one\n- two\n\n![a cat](cat.png)\n"


@pytest.fixture
def letter(tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    path = tmp_path / "letter.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["html", "htm", "docx", "odt", "txt", "pdf", "markdown"])
def test_every_format_is_told_by_its_suffix(letter, tmp_path, suffix, qapp):
    target = tmp_path / f"out.{suffix}"
    assert main(["convert", str(letter), str(target)]) == 0
    data = target.read_bytes()
    beginnings = {
        "html": b"<!DOCTYPE",
        "htm": b"<!DOCTYPE",
        "docx": b"PK",
        "odt": b"PK",
        "pdf": b"%PDF",
    }
    assert data.startswith(beginnings.get(suffix, b""))
    if suffix in {"txt", "markdown"}:
        assert b"Dear" in data


def test_pictures_beside_the_document_travel_with_it(letter, tmp_path):
    assert main(["convert", str(letter), str(tmp_path / "out.docx")]) == 0
    assert len(docx.Document(str(tmp_path / "out.docx")).inline_shapes) == 1
    assert main(["convert", str(letter), str(tmp_path / "out.html")]) == 0
    assert b"data:image/png" in (tmp_path / "out.html").read_bytes()


def test_pdf_carries_title_author_and_paper(letter, tmp_path, qapp):
    letter.write_text(
        f"---\ntitle: The Title\nauthor: A. Writer\n---\n\n{MARKDOWN}", encoding="utf-8"
    )
    assert main(["convert", str(letter), str(tmp_path / "o.pdf"), "--paper", "letter"]) == 0
    reader = PdfReader(tmp_path / "o.pdf")
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("The Title", "A. Writer")
    assert float(reader.pages[0].mediabox.width) == 612


def test_word_becomes_markdown_with_its_pictures_beside_it(tmp_path, capsys):
    (tmp_path / "cat.png").write_bytes(PNG)
    source = tmp_path / "in.docx"
    source.write_bytes(write_docx(rich_document(), title="t", base_folder=tmp_path))
    target = tmp_path / "new" / "out.md"
    target.parent.mkdir()
    assert main(["convert", str(source), str(target)]) == 0
    document = read_markdown(target.read_text(encoding="utf-8"))
    assert document.blocks[0].text == "The whole letter"
    assert (target.parent / "out-pictures" / "image1.png").read_bytes() == PNG
    assert "out-pictures/image1.png" in target.read_text(encoding="utf-8")


def test_a_folder_of_pictures_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    source = tmp_path / "in.docx"
    source.write_bytes(write_docx(rich_document(), title="t", base_folder=tmp_path))
    mine = tmp_path / "out-pictures"
    mine.mkdir()
    (mine / "image1.png").write_bytes(b"mine")
    assert main(["convert", str(source), str(tmp_path / "out.md")]) == 0
    assert (mine / "image1.png").read_bytes() == b"mine"
    assert (tmp_path / "out-pictures-2" / "image1.png").read_bytes() == PNG


def test_a_words_pictures_reach_another_format(tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    source = tmp_path / "in.docx"
    source.write_bytes(write_docx(rich_document(), title="t", base_folder=tmp_path))
    assert main(["convert", str(source), str(tmp_path / "out.odt")]) == 0
    with zipfile.ZipFile(tmp_path / "out.odt") as package:
        assert any(package.read(name) == PNG for name in package.namelist())


def test_streams_need_a_format_and_carry_text(tmp_path):
    command = [sys.executable, "-m", "tinymorph", "convert", "-", "-"]
    done = subprocess.run(
        [*command, "--from", "html", "--to", "md"],
        input=b"<h1>Hi</h1><p>There<script>x</script></p>", capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == b"# Hi\n\nThere\n"
    refused = subprocess.run(command, input=b"x", capture_output=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.decode().splitlines() == [
        "The format of a stream is not known. Say it with --from."
    ]


def test_plain_text_is_not_taken_for_markdown(tmp_path):
    source = tmp_path / "in.txt"
    source.write_bytes(b"# not a heading\r\n\r\n* not a list\r\n")
    assert main(["convert", str(source), str(tmp_path / "out.md")]) == 0
    document = read_markdown((tmp_path / "out.md").read_text(encoding="utf-8"))
    assert [(b.kind, b.text) for b in document.blocks] == [
        ("paragraph", "# not a heading"),
        ("paragraph", "* not a list"),
    ]


def test_a_file_that_exists_is_replaced_only_by_force(letter, tmp_path, capsys):
    target = tmp_path / "out.txt"
    target.write_text("old")
    assert main(["convert", str(letter), str(target)]) == 2
    assert capsys.readouterr().err == "out.txt exists already. Add --force to replace it.\n"
    assert target.read_text() == "old"
    assert main(["convert", str(letter), str(target), "--force"]) == 0
    assert "Dear all" in target.read_text()
    assert main(["convert", str(letter), str(letter), "--force"]) == 2
    assert letter.read_text() == MARKDOWN


@pytest.mark.parametrize(
    ("source", "target", "options", "sentence"),
    [
        ("none.md", "o.html", [], "There is no file none.md."),
        ("letter.md", "o.xyz", [], "The format of o.xyz is not known. Say it with --to."),
        ("letter.md", "o.html", ["--to", "rtf"], "There is no format called rtf."),
        ("letter.md", "o.pdf", ["--paper", "b5"], "There is no paper called b5. Say a4 or letter."),
        ("x.odt", "o.md", [], "x.odt cannot be read: tinymorph writes ODT but does not read it."),
        ("x.docx", "o.md", [], "x.docx is not a Word file, or it is damaged."),
        ("letter.md", "no/o.html", [], "The folder of o.html does not exist"),
        ("x.md", "o.html", [], "x.md"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    letter, tmp_path, monkeypatch, capsys, source, target, options, sentence
):
    monkeypatch.chdir(tmp_path)
    for name in ("x.odt", "x.docx"):
        (tmp_path / name).write_bytes(b"nonsense")
    (tmp_path / "x.md").write_bytes(b"caf\xe9 " * 9)
    assert main(["convert", source, target, *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence)
    assert said.count("\n") == 1
    assert not (tmp_path / target).exists()


def test_text_goes_to_standard_output(letter, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["convert", str(letter), "-", "--to", "txt"]) == 0
    assert stream.buffer.getvalue().decode().startswith("A letter\n========\n")  # pyright: ignore[reportAttributeAccessIssue] - a BytesIO
