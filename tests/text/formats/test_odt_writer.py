"""Promises of the OpenDocument files that are exported."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import odfdo
import pytest
from hypothesis import given, settings
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - a compiled module

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
from tinymorph.text.document import Block, Document, Inline
from tinymorph.text.formats.odt_writer import write_odt


@pytest.fixture(scope="module")
def rich(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("odt")
    (folder / "cat.png").write_bytes(PNG)
    data = write_odt(rich_document(), title="The letter", author="A. Writer", base_folder=folder)
    path = folder / "rich.odt"
    path.write_bytes(data)
    return path


def root_of(data: bytes | Path) -> etree._Element:
    with zipfile.ZipFile(BytesIO(data) if isinstance(data, bytes) else data) as package:
        return etree.fromstring(package.read("content.xml"))


def found(root: etree._Element, path: str) -> list:
    return root.xpath(path, namespaces=root.nsmap)


def text_of(element: etree._Element) -> str:
    for space in found(element, ".//text:s"):
        space.text = " "
    return "".join(element.itertext())


def test_libreoffice_reads_our_words_in_our_order(rich) -> None:
    assert words_of(office_text(rich)) == rich_words(with_notes=False)
    assert "".join(words_of(office_notes(rich))) == "".join(NOTES)


def test_structure_is_said_by_elements_and_styles(rich) -> None:
    root = root_of(rich)
    headings = [text_of(each) for each in found(root, "//text:h[@text:outline-level<3]")]
    assert headings[:2] == ["The whole letter", "Words of other kinds"]
    assert len(found(root, "//table:table")) == 1
    assert len(found(root, "//text:note[@text:note-class='footnote']")) == 2
    (third,) = found(root, "//text:list-item[@text:start-value='3']")
    assert text_of(third) == "third"
    (deep,) = found(root, "//text:list//text:list//text:list")
    assert text_of(deep) == "deep down"
    styles = set(found(root, "//text:p/@text:style-name"))
    assert {"Quotations", "Quotations_20_2", "Preformatted_20_Text", "Text_20_body"} <= styles


def test_every_style_that_is_used_is_there(rich) -> None:
    document = odfdo.Document(str(rich))
    known = {
        each.get_attribute("style:name")
        for part in (document.content, document.styles)
        for each in part.root.get_elements("//style:style | //text:list-style")
    }
    used = {
        each.get_attribute(name)
        for name in ("text:style-name", "table:style-name", "draw:style-name")
        for each in document.body.get_elements(f"//*[@{name}]")
    }
    assert used <= known


def test_the_package_lists_what_is_in_it_and_nothing_else(rich) -> None:
    with zipfile.ZipFile(rich) as package:
        names = package.namelist()
        assert names[0] == "mimetype"
        assert package.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        manifest = package.read("META-INF/manifest.xml").decode()
        assert package.read("Pictures/1.png") == PNG
    listed = {name for name in names if f'full-path="{name}"' in manifest}
    assert listed == set(names) - {"mimetype", "META-INF/manifest.xml"}
    assert manifest.count("full-path") == len(listed) + 1


def test_title_and_author_are_said(rich) -> None:
    meta = odfdo.Document(str(rich)).meta
    assert (meta.title, meta.creator) == ("The letter", "A. Writer")


def test_a_note_without_a_mark_is_printed_at_the_end() -> None:
    blocks = (Block("footnote", (Inline("lonely"),), info="x"), Block("paragraph", (Inline("a"),)))
    root = root_of(write_odt(Document(blocks), title=""))
    assert [text_of(each) for each in found(root, "//text:p")] == ["a", "lonely"]


@settings(max_examples=60, deadline=None)
@given(documents)
def test_any_document_can_be_written_and_opened_with_its_words(document) -> None:
    data = write_odt(document, title="\x00t", author="\ud800")
    assert odfdo.Document(BytesIO(data)).meta.title == "t"
    text = text_of(root_of(data))
    assert words_missing_from(text, document) == []


def test_a_note_never_stands_in_a_note() -> None:
    def mark(label: str) -> Inline:
        return Inline(f"[^{label}]", source=True)

    blocks = (
        Block("footnote", (Inline("first "), mark("inner")), info="a"),
        Block("footnote", (Inline("inner"),), info="inner"),
        Block("paragraph", (Inline("a"), mark("a"), mark("a"))),
    )
    root = root_of(write_odt(Document(blocks), title=""))
    assert len(found(root, "//text:note")) == 1
    assert [text_of(each) for each in found(root, "//office:text/text:p")] == [
        "a1first 21",
        "inner",
    ]
