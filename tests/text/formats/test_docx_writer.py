"""Promises of the Word files that are exported."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.text.paragraph import Paragraph
from hypothesis import given, settings

from helpers.office import office_notes, office_text
from helpers.rich_document import (
    NOTES,
    PNG,
    rich_document,
    rich_words,
    words_missing_from,
    words_of,
)
from text.formats.strategies import documents
from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.text.formats.docx_writer import write_docx


@pytest.fixture(scope="module")
def rich(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("docx")
    (folder / "cat.png").write_bytes(PNG)
    data = write_docx(rich_document(), title="The letter", author="A. Writer", base_folder=folder)
    path = folder / "rich.docx"
    path.write_bytes(data)
    return path


def test_libreoffice_reads_our_words_in_our_order(rich) -> None:
    assert words_of(office_text(rich)) == rich_words(with_notes=False)
    assert words_of(office_notes(rich)) == NOTES


def test_structure_is_said_by_styles(rich) -> None:
    word = docx.Document(str(rich))
    styles = {
        paragraph.text: paragraph.style.name for paragraph in word.paragraphs if paragraph.style
    }
    assert styles["The whole letter"] == "Heading 1"
    assert styles["Pictures"] == "Heading 3"
    assert styles["Apples"] == "List Bullet"
    assert styles["third"] == "List Number"
    assert styles["More about the fourth."] == "List Continue"
    assert styles["Somebody said this,"] == "Quote"
    assert styles["and somebody else before."] == "Quote 2"
    assert (
        styles["def greet(name):\n    return f'Hello <{name}>'\n\nprint(greet('world'))"] == "Code"
    )
    assert word.tables[0].style is not None
    assert word.tables[0].style.name == "Document Table"


def test_no_paragraph_is_formatted_by_hand(rich) -> None:
    allowed = {qn(f"w:{name}") for name in ("pStyle", "numPr", "bidi")}
    marks = {qn(f"w:{n}") for n in ("rStyle", "b", "bCs", "i", "iCs", "strike", "highlight", "u",
                                    "vertAlign", "rtl")}  # fmt: skip
    body = docx.Document(str(rich)).element.body
    assert {child.tag for form in body.iter(qn("w:pPr")) for child in form} <= allowed
    assert {child.tag for form in body.iter(qn("w:rPr")) for child in form} <= marks


def test_numbered_lists_begin_where_they_should(rich) -> None:
    word = docx.Document(str(rich))
    (third,) = (each for each in word.paragraphs if each.text == "third")
    assert start_of(word, third) == 3


def start_of(word: WordDocument, paragraph: Paragraph) -> int:
    form = paragraph._p.pPr
    assert form is not None
    assert form.numPr is not None
    assert form.numPr.numId is not None
    number = word.part.numbering_part.element.num_having_numId(form.numPr.numId.val)
    return number.lvlOverride_lst[0].startOverride.val


def test_footnotes_links_and_pictures_are_real(rich) -> None:
    with zipfile.ZipFile(rich) as package:
        notes = package.read("word/footnotes.xml").decode()
        document = package.read("word/document.xml").decode()
        relations = package.read("word/_rels/document.xml.rels").decode()
        media = [name for name in package.namelist() if name.startswith("word/media/")]
        assert not [name for name in package.namelist() if "thumbnail" in name]
        assert package.read(media[0]) == PNG
    assert document.count("<w:footnoteReference ") == 2
    assert "Another note, with " in notes
    assert relations.count("https://example.org/a?b=1&amp;c=2") == 1
    assert 'w:anchor="heading_5"' in document
    assert 'descr="A cat of colours"' in document


def test_title_and_author_are_said(rich) -> None:
    properties = docx.Document(str(rich)).core_properties
    assert (properties.title, properties.author) == ("The letter", "A. Writer")


def test_letter_paper_is_letter_paper() -> None:
    word = docx.Document(BytesIO(write_docx(Document(), title="", paper="Letter")))
    width = word.sections[0].page_width
    assert width is not None
    assert round(width.inches, 2) == 8.5


def test_a_picture_that_word_cannot_show_is_its_words(tmp_path) -> None:
    (tmp_path / "p.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "broken.png").write_bytes(PNG[:20])
    runs = [Inline(PICTURE, image=Image(name, f"alt {name}")) for name in ("p.svg", "broken.png")]
    block = Block("paragraph", tuple(runs))
    word = docx.Document(BytesIO(write_docx(Document((block,)), title="", base_folder=tmp_path)))
    assert word.paragraphs[0].text == "alt p.svgalt broken.png"


@settings(max_examples=60, deadline=None)
@given(documents)
def test_any_document_can_be_written_and_opened_with_its_words(document) -> None:
    data = write_docx(document, title="\x00t", author="\ud800")
    word = docx.Document(BytesIO(data))
    parts = [word.element, *(parse_xml(part.blob) for part in notes_parts(word))]
    text = "".join("".join(part.itertext()) for part in parts)
    assert words_missing_from(text, document) == []


def notes_parts(word: WordDocument) -> list:
    return [r.target_part for r in word.part.rels.values() if r.reltype.endswith("/footnotes")]


def test_notes_without_a_mark_of_their_own_are_printed_at_the_end() -> None:
    def mark(label: str) -> Inline:
        return Inline(f"[^{label}]", source=True)

    blocks = (
        Block("footnote", (Inline("lonely"),), info="x"),
        Block("footnote", (Inline("first "), mark("inner")), info="a"),
        Block("footnote", (Inline("inner"),), info="inner"),
        Block("paragraph", (Inline("a"), mark("a"), mark("a"))),
    )
    word = docx.Document(BytesIO(write_docx(Document(blocks), title="")))
    assert [each.text for each in word.paragraphs] == ["a1", "inner", "lonely"]
    notes = parse_xml(notes_parts(word)[0].blob)
    assert "".join(each.text or "" for each in notes.iter(qn("w:t"))) == " first 2"
    assert len(list(word.element.iter(qn("w:footnoteReference")))) == 1
