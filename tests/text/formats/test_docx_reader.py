"""Promises of the Word files that are imported, ours and those of others."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml
from hypothesis import given, settings

from helpers.office import converted
from helpers.rich_document import PNG, rich_document, rich_words, words_missing_from, words_of
from text.formats.strategies import documents
from tinymorph.errors import FileProblemError
from tinymorph.text.document import PICTURE, Block, Document, Inline
from tinymorph.text.formats.docx_reader import read_docx
from tinymorph.text.formats.docx_writer import write_docx
from tinymorph.text.formats.odt_writer import write_odt
from tinymorph.text.formats.plain import write_plain


def ours(tmp_path: Path) -> bytes:
    (tmp_path / "cat.png").write_bytes(PNG)
    return write_docx(rich_document(), title="t", base_folder=tmp_path)


def with_body(*paragraphs: str) -> bytes:
    """Return a Word file with these paragraphs of XML."""
    word = docx.Document()
    for place, paragraph in enumerate(paragraphs):
        word.element.body.insert(place, parse_xml(f"<w:p {nsdecls('w', 'r')}>{paragraph}</w:p>"))
    output = BytesIO()
    word.save(output)
    return output.getvalue()


def run(text: str, marks: str = "") -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def texts(data: bytes) -> list[str]:
    return [block.text for block in read_docx(data).document.blocks]


def test_our_own_file_is_read_as_the_document_it_was(tmp_path) -> None:
    original = rich_document()
    read = read_docx(ours(tmp_path), picture_folder="pictures")
    assert len(read.document.blocks) == len(original.blocks)
    changed = [
        (before, after)
        for before, after in zip(original.blocks, read.document.blocks, strict=True)
        if before != after
    ]
    assert [after.text for _, after in changed] == [
        (
            "Press <kbd>Ctrl</kbd> and see H<sub>2</sub>O, x<sup>2</sup>, <mark>marked</mark> words, "
            "<u>underlined</u> ones, and <blink>shown tags."
        ),
        "See the tables below.[^1] And once more.[^2]",  # notes go by their numbers
        "def greet(name):\n    return f'Hello <{name}>'\n\nprint(greet('world'))",  # its language
        f"Here is one: {PICTURE} and there is a dog far away.",
        "A note with marks.",
        "Another note, with a link.",
    ]
    assert read.pictures == {"image1.png": PNG}
    assert read.remarks == ()


def test_a_file_that_libreoffice_wrote_keeps_words_and_structure(tmp_path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    path = tmp_path / "rich.odt"
    path.write_bytes(write_odt(rich_document(), title="t", base_folder=tmp_path))
    document = read_docx(converted(path, "docx").read_bytes()).document
    words = words_of(write_plain(Document(tuple(_unlinked(block) for block in document.blocks))))
    expected = [word for word in rich_words(with_notes=True) if word not in {"A", "cat"}]
    assert [word for word in words if word in set(expected)][:100] == expected[:100]
    assert set(expected) <= set(words)
    kinds = [(block.kind, block.level, block.text) for block in document.blocks]
    assert ("heading", 1, "The whole letter") in kinds
    assert ("list_item", 2, "deep down") in kinds
    assert [b.number for b in document.blocks if b.text in {"third", "fourth", "fifth"}] == [
        3,
        4,
        5,
    ]
    assert sum(block.kind == "footnote" for block in document.blocks) == 2
    assert sum(block.kind == "table" for block in document.blocks) == 1


def _unlinked(block: Block) -> Block:
    from dataclasses import replace  # noqa: PLC0415 - for this helper alone

    return replace(block, inlines=tuple(replace(each, link=None) for each in block.inlines))


def test_tracked_changes_are_taken_as_accepted_and_said() -> None:
    data = with_body(
        run("kept ")
        + f"<w:del w:id='1' w:author='x'><w:r><w:delText>gone</w:delText></w:r></w:del>"
        f"<w:ins w:id='2' w:author='x'>{run('new')}</w:ins>"
    )
    read = read_docx(data)
    assert read.document.blocks[0].text == "kept new"
    assert read.remarks == ("Its tracked changes were taken as accepted.",)


def test_hidden_words_and_field_codes_are_left_out_and_links_of_fields_kept() -> None:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    field = (
        f'{char("begin")}<w:r><w:instrText> HYPERLINK "https://a.example" </w:instrText></w:r>'
        f"{char('separate')}{run('site')}{char('end')}"
    )
    data = with_body(run("a ") + run("hidden", "<w:vanish/>") + field + run(" b"))
    assert read_docx(data).document.blocks[0].inlines == (
        Inline("a "),
        Inline("site", link="https://a.example"),
        Inline(" b"),
    )


def test_marks_may_be_switched_off() -> None:
    data = with_body(run("a", "<w:b/>") + run("b", '<w:b w:val="0"/><w:i w:val="true"/>'))
    assert read_docx(data).document.blocks[0].inlines == (
        Inline("a", bold=True),
        Inline("b", italic=True),
    )


def test_lines_of_code_that_are_paragraphs_become_one_block() -> None:
    word = docx.Document()
    word.styles.add_style("Source Code", 1)
    for line in ("x = 1", "y = 2"):
        word.add_paragraph(line, style="Source Code")
    output = BytesIO()
    word.save(output)
    assert read_docx(output.getvalue()).document.blocks == (
        Block("code", (Inline("x = 1\ny = 2"),)),
    )


def test_lists_by_style_alone_are_lists() -> None:
    word = docx.Document()
    for text, style in (
        ("a", "List Bullet"),
        ("b", "List Bullet 2"),
        ("c", "List Number"),
        ("d", "List Number"),
    ):
        word.add_paragraph(text, style=style)
    output = BytesIO()
    word.save(output)
    blocks = read_docx(output.getvalue()).document.blocks
    assert [(b.kind, b.level, b.ordered, b.number) for b in blocks] == [
        ("list_item", 0, False, 1),
        ("list_item", 1, False, 1),
        ("list_item", 0, True, 1),
        ("list_item", 0, True, 2),
    ]


def test_merged_cells_and_their_lines_stay_in_the_grid() -> None:
    word = docx.Document()
    table = word.add_table(3, 2)
    for row in range(3):
        for column in range(2):
            table.cell(row, column).text = f"{row}{column}"
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 1).merge(table.cell(2, 1))
    output = BytesIO()
    word.save(output)
    (block,) = read_docx(output.getvalue()).document.blocks
    assert block.table is not None
    assert [["".join(r.text for r in cell) for cell in row] for row in block.table.rows] == [
        ["00\n01", ""],
        ["10", "11\n21"],
        ["20", ""],
    ]


def test_text_boxes_are_not_lost() -> None:
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        "<mc:Choice><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:t>twice</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert texts(with_body(run("before") + box)) == ["before", "boxed"]


def test_unwanted_pictures_leave_their_descriptions(tmp_path) -> None:
    read = read_docx(ours(tmp_path))
    assert "Here is one: A cat of colours and there is a dog far away." in [
        block.text for block in read.document.blocks
    ]
    assert read.remarks == ("Its pictures were left out, and their descriptions kept.",)


@pytest.mark.parametrize("data", [b"", b"words", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_word_file_is_refused_in_one_sentence(data) -> None:
    with pytest.raises(FileProblemError) as caught:
        read_docx(data, name="letter.docx")
    assert caught.value.title.startswith("letter.docx is ")
    assert caught.value.title.count(".") == 2


def test_another_kind_of_package_is_refused() -> None:
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as package:
        package.writestr("hello.txt", "hello")
    with pytest.raises(FileProblemError, match="not a Word file"):
        read_docx(output.getvalue())


def test_damaged_files_are_refused_or_read_and_nothing_else(tmp_path) -> None:
    whole = ours(tmp_path)
    chance = random.Random(7)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_docx(bytes(data[: chance.randrange(len(data) // 2, len(data) + 1)]))
        except FileProblemError:
            continue


def test_damaged_xml_is_refused_or_read_and_nothing_else(tmp_path) -> None:
    whole = ours(tmp_path)
    chance = random.Random(8)
    with zipfile.ZipFile(BytesIO(whole)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for _ in range(60):
        name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))])
        text = bytearray(parts[name])
        for _ in range(chance.randrange(1, 6)):
            start = chance.randrange(len(text))
            del text[start : start + chance.randrange(1, 40)]
        output = BytesIO()
        with zipfile.ZipFile(output, "w") as package:
            for each, data in parts.items():
                package.writestr(each, bytes(text) if each == name else data)
        try:
            read_docx(output.getvalue())
        except FileProblemError:
            continue


@settings(max_examples=60, deadline=None)
@given(documents)
def test_what_we_write_keeps_its_words_when_read(document) -> None:
    read = read_docx(write_docx(document, title="t")).document
    again = "\n".join(block.text for block in read.blocks)
    assert words_missing_from(again, document) == []
