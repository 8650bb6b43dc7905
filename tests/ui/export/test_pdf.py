"""Promises of the PDF that is exported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pypdf import PdfReader

from helpers.office import poppler
from helpers.rich_document import PNG, rich_document, rich_words, words_of
from text.formats.strategies import documents
from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.ui.export.pdf import write_pdf


@pytest.fixture
def rich(qapp, tmp_path) -> Path:
    (tmp_path / "cat.png").write_bytes(PNG)
    data = write_pdf(rich_document(), title="The letter", author="A. Writer", base_folder=tmp_path)
    path = tmp_path / "rich.pdf"
    path.write_bytes(data)
    return path


def text_of(path: Path) -> str:
    """Return a PDF's words as poppler reads them, without the numbers of the pages."""
    pages = poppler("pdftotext", "-layout", str(path), "-").split("\f")
    bodies = [re.sub(r"\n\s*\d+\s*\Z", "", page.rstrip()) for page in pages]
    return "\n".join(bodies)


def paragraph(text: str) -> Block:
    return Block("paragraph", (Inline(text),))


def heading(text: str, level: int) -> Block:
    return Block("heading", (Inline(text),), level)


def letters_of(data: bytes) -> list[str]:
    """Return the letters of each page; where words part is not told in a PDF."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(data)).pages]


def outline_of(data: bytes) -> list:
    reader = PdfReader(BytesIO(data))

    def drawn(items: list) -> list:
        return [
            drawn(item) if isinstance(item, list) else
            (item.title, reader.get_destination_page_number(item))
            for item in items
        ]  # fmt: skip

    return drawn(reader.outline)


def test_poppler_reads_our_words_in_our_order(rich) -> None:
    def plain(words: list[str]) -> list[str]:
        return [word for word in words if word.isascii()]

    assert plain(words_of(text_of(rich))) == plain(rich_words(with_notes=True))
    assert {"שלום", "é"} <= set(words_of(text_of(rich)))


def test_pages_are_a4_with_numbers_title_and_author(rich) -> None:
    said = poppler("pdfinfo", str(rich))
    assert re.search(r"Title:\s+The letter\n", said)
    assert re.search(r"Author:\s+A\. Writer\n", said)
    assert re.search(r"Pages:\s+4\n", said)
    assert "(A4)" in said
    pages = poppler("pdftotext", "-layout", str(rich), "-").split("\f")
    assert [page.split()[-1] for page in pages[:-1]] == ["1", "2", "3", "4"]


def test_letter_paper_is_letter_paper(qapp) -> None:
    data = write_pdf(Document((paragraph("a"),)), title="", paper="Letter")
    assert [float(side) for side in PdfReader(BytesIO(data)).pages[0].mediabox[2:]] == [612, 792]


def test_every_font_is_in_the_file(rich) -> None:
    for page in PdfReader(rich).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            assert "/FontFile2" in inner.get_object()["/FontDescriptor"].get_object()


def test_headings_make_an_outline_that_leads_to_them(qapp, tmp_path) -> None:
    long = [paragraph("Words and words. " * 60)] * 6
    blocks = [
        heading("One", 1),
        *long,
        heading("Two & <b>", 2),
        *long,
        heading("Drei über", 2),
        heading("X", 1),
    ]
    data = write_pdf(Document(tuple(blocks)), title="")
    (one, (two, three), last) = outline_of(data)
    assert [one[0], two[0], three[0], last[0]] == ["One", "Two & <b>", "Drei über", "X"]
    path = tmp_path / "outline.pdf"
    path.write_bytes(data)
    for words, page in (one, two, three, last):
        number = str(page + 1)
        assert words in poppler("pdftotext", "-f", number, "-l", number, str(path), "-")


def test_links_lead_out_and_within(rich) -> None:
    reader = PdfReader(rich)
    annotations = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    outside = {a["/A"]["/URI"] for a in annotations if "/A" in a}
    assert {"https://example.org/a?b=1&c=2", "https://example.org/dog.png"} <= outside
    inside = {str(a["/Dest"]) for a in annotations if "/Dest" in a}
    assert {"tables", "note-1", "note-2"} <= inside <= set(reader.named_destinations)


def test_a_heading_does_not_stand_alone_at_the_end_of_a_page(qapp) -> None:
    for count in range(25, 45):
        blocks = [paragraph("Words.")] * count + [
            heading("Title", 1),
            heading("Below", 2),
            paragraph("End."),
        ]
        texts = letters_of(write_pdf(Document(tuple(blocks)), title=""))
        (place,) = [number for number, text in enumerate(texts) if "Title" in text]
        assert "Below" in texts[place]
        assert "End." in texts[place]


def test_a_picture_wider_than_the_page_is_made_to_fit(qapp, tmp_path) -> None:
    from PySide6.QtGui import QImage  # noqa: PLC0415 - for this test alone

    image = QImage(3000, 400, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    image.save(str(tmp_path / "wide.png"))
    block = Block("paragraph", (Inline(PICTURE, image=Image("wide.png")),))
    path = tmp_path / "wide.pdf"
    path.write_bytes(
        write_pdf(Document((block, paragraph("End."))), title="", base_folder=tmp_path)
    )
    *_, line = poppler("pdfimages", "-list", str(path)).strip().split("\n")
    assert int(line.split()[12]) == pytest.approx(3000 * 25.4 / 160, abs=2)


def test_long_code_and_long_tables_go_on_over_pages(qapp) -> None:
    lines = [f"line{number}" for number in range(150)]
    code = Block("code", (Inline("\n".join(lines)),))
    pages = PdfReader(BytesIO(write_pdf(Document((code,)), title=""))).pages
    found = [int(n) for page in pages for n in re.findall(r"line(\d+)", page.extract_text())]
    assert found == list(range(150))
    assert len(pages) > 1


def test_an_empty_document_is_an_empty_page(qapp) -> None:
    assert len(PdfReader(BytesIO(write_pdf(Document(), title=""))).pages) == 1


def test_a_process_without_a_screen_can_write_it(tmp_path) -> None:
    target = tmp_path / "a.pdf"
    code = (
        "import sys; from pathlib import Path; from tinymorph.ui.export.pdf import write_pdf\n"
        "from tinymorph.text.document import Block, Document, Inline\n"
        "document = Document((Block('heading', (Inline('Hello'),), 1),))\n"
        "for _ in range(2): data = write_pdf(document, title='t')\n"
        f"Path({str(target)!r}).write_bytes(data)"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert letters_of(target.read_bytes()) == ["Hello1"]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents)
def test_any_document_can_be_printed(qapp, document) -> None:
    assert len(PdfReader(BytesIO(write_pdf(document, title="\x00", author="\x01"))).pages) >= 1


def test_pages_of_a_document_follow_each_other(rich) -> None:
    texts = [page.extract_text() for page in PdfReader(rich).pages]
    assert all(before != after for before, after in pairwise(texts))


def test_many_pages_hold_every_word_once_and_in_order(qapp, tmp_path) -> None:
    blocks: list[Block] = []
    for part in range(120):
        words = " ".join(f"w{part}x{number}" for number in range(25 + part % 40))
        kinds = [
            Block("paragraph", (Inline(words),)),
            Block("list_item", (Inline(words),), level=part % 3),
            Block("paragraph", (Inline(words),), quote_depth=1),
            Block("heading", (Inline(words),), 2),
        ]
        blocks.append(kinds[part % len(kinds)])
    path = tmp_path / "many.pdf"
    path.write_bytes(write_pdf(Document(tuple(blocks)), title=""))
    expected = [word for block in blocks for word in block.text.split()]
    assert re.findall(r"w\d+x\d+", text_of(path)) == expected
