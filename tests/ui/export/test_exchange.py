"""Promises of File > Export and File > Import."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader

from helpers.rich_document import PNG, rich_document
from tinymorph.errors import TinymorphError
from tinymorph.text.formats.docx_writer import write_docx
from tinymorph.text.formats.kinds import FORMATS
from tinymorph.ui.export.dialogs import with_suffix_of
from tinymorph.ui.export.exchange import Exchange


@dataclass
class SilentExchange:
    """A writer who answers as the test says."""

    export_to: Path | None = None
    import_from: Path | None = None
    troubles: list[TinymorphError] = field(default_factory=list)

    def where_to_export(self, suggestion: Path) -> Path | None:
        return self.export_to

    def what_to_import(self, folder: Path) -> Path | None:
        return self.import_from

    def tell_trouble(self, error: TinymorphError) -> None:
        self.troubles.append(error)


@pytest.fixture
def writer():
    return SilentExchange()


@pytest.fixture
def exchange(workplace, writer, qtbot):
    """The window's desk with a letter on it, and an exchange that asks nobody."""
    made = Exchange(workplace.window.desk, writer, workplace.window)
    yield made
    made.close()
    qtbot.wait(0)


@pytest.fixture
def letter(workplace, qtbot, tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    path = tmp_path / "letter.md"
    path.write_text("# A letter\n\nDear *all*, ![a cat](cat.png)\n", encoding="utf-8")
    desk = workplace.window.desk
    assert desk.open_path(path)
    qtbot.waitUntil(lambda: not desk.is_loading)
    return path


@pytest.mark.parametrize("suffix", [each.suffixes[0] for each in FORMATS])
def test_the_page_is_exported_in_every_format(exchange, writer, letter, qtbot, tmp_path, suffix):
    writer.export_to = tmp_path / f"out{suffix}"
    with qtbot.waitSignal(exchange.exported, timeout=60_000) as caught:
        exchange.export()
    assert caught.args == [writer.export_to]
    assert writer.export_to.stat().st_size > 0
    assert writer.troubles == []


def test_what_is_exported_is_the_page_as_it_is_now(
    exchange, writer, letter, workplace, qtbot, tmp_path
):
    workplace.window.editor.textCursor().insertText("Newly said: ")
    writer.export_to = tmp_path / "out.docx"
    with qtbot.waitSignal(exchange.exported, timeout=60_000):
        exchange.export()
    word = docx.Document(str(writer.export_to))
    assert word.paragraphs[0].text == "Newly said: A letter"
    assert len(word.inline_shapes) == 1
    assert letter.read_text(encoding="utf-8").startswith("# A letter")
    assert workplace.window.desk.is_dirty


def test_a_pdf_is_titled_by_the_first_heading(exchange, writer, letter, qtbot, tmp_path):
    writer.export_to = tmp_path / "out.pdf"
    with qtbot.waitSignal(exchange.exported, timeout=60_000):
        exchange.export()
    metadata = PdfReader(writer.export_to).metadata
    assert metadata is not None
    assert metadata.title == "A letter"


def test_the_document_itself_is_never_exported_over(exchange, writer, letter):
    writer.export_to = letter
    before = letter.read_bytes()
    exchange.export()
    assert [error.title for error in writer.troubles] == ["letter.md is the document itself."]
    assert letter.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(exchange, writer, letter, qtbot, tmp_path):
    writer.export_to = tmp_path / "none" / "out.html"
    exchange.export()
    qtbot.waitUntil(lambda: bool(writer.troubles), timeout=60_000)
    assert writer.troubles[0].title.startswith("The folder of out.html does not exist")


def test_a_word_file_is_imported_as_a_new_document(exchange, writer, workplace, qtbot, tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    writer.import_from = tmp_path / "in.docx"
    writer.import_from.write_bytes(write_docx(rich_document(), title="t", base_folder=tmp_path))
    said: list[str] = []
    exchange.news.connect(said.append)
    exchange.import_file()
    desk = workplace.window.desk
    qtbot.waitUntil(lambda: bool(said), timeout=60_000)
    qtbot.waitUntil(lambda: not desk.is_loading, timeout=60_000)
    assert desk.path is None
    assert desk.is_dirty
    assert workplace.window.editor.document().firstBlock().text() == "The whole letter"
    assert (tmp_path / "in-pictures" / "image1.png").read_bytes() == PNG
    assert said == [
        "Imported in.docx. Its pictures are in in-pictures; save the document beside it."
    ]


@pytest.mark.parametrize("name", ["in.docx", "in.xyz"])
def test_what_cannot_be_imported_leaves_the_page_alone(
    exchange, writer, letter, workplace, qtbot, tmp_path, name
):
    writer.import_from = tmp_path / name
    writer.import_from.write_bytes(b"nonsense")
    exchange.import_file()
    qtbot.waitUntil(lambda: bool(writer.troubles), timeout=60_000)
    assert name in writer.troubles[0].title
    assert workplace.window.desk.path == letter


def test_the_menu_offers_both(workplace):
    actions = workplace.window.actions_by_key
    assert actions["export"].text() == "&Export…"
    assert actions["import"].text() == "&Import…"


def test_a_name_without_a_known_suffix_gets_the_chosen_one():
    pdf = FORMATS[0]
    assert with_suffix_of(Path("a"), pdf) == Path("a.pdf")
    assert with_suffix_of(Path("ver. 2.1"), pdf) == Path("ver. 2.1.pdf")
    assert with_suffix_of(Path("a.docx"), pdf) == Path("a.docx")
