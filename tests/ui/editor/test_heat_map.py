"""The heat map over the page."""

from PySide6.QtGui import QTextCharFormat

from tinymorph.schema.feature import TokenActivation
from tinymorph.schema.span import Span
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.heat_map import heat_format
from tinymorph.ui.theme import load_theme

FOX = "\U0001f98a"
TEXT = f"{FOX} red fox runs"
TRACE = (
    TokenActivation(span=Span(start=2, end=5), activation=4.0),
    TokenActivation(span=Span(start=6, end=9), activation=1.0),
)


def shown(editor):
    editor.load(Document((Block("paragraph", (Inline(TEXT),)),)))
    editor.show_heat(editor.snapshot().paragraph_id, TRACE)
    return editor.extraSelections()


def test_the_words_under_the_heat_are_those_of_the_spans(editor):
    assert [one.cursor.selectedText() for one in shown(editor)] == ["red", "fox"]


def test_the_heat_is_no_part_of_document_or_undo(editor):
    shown(editor)
    assert not editor.document().isModified()
    assert not editor.document().isUndoAvailable()
    assert editor.document_value().blocks == (Block("paragraph", (Inline(TEXT),)),)


def test_an_edit_of_the_paragraph_takes_the_heat_away(editor, qtbot):
    shown(editor)
    qtbot.keyClick(editor, "x")
    assert editor.extraSelections() == []


def test_stronger_means_more_opaque_and_another_underline(qapp):
    for name in ("light", "dark"):
        theme = load_theme(name)
        weak, middle, strong = (heat_format(share, theme) for share in (0.1, 0.5, 1.0))
        alphas = [f.background().color().alphaF() for f in (weak, middle, strong)]
        assert alphas == sorted(alphas)
        assert len({f.underlineStyle() for f in (weak, middle, strong)}) == 3
        assert weak.underlineStyle() != QTextCharFormat.UnderlineStyle.NoUnderline
