"""Where the words stand on the page."""

from PySide6.QtWidgets import QTextEdit

from tinymorph.text.document import Block, Document, Inline

SHORT = Document((Block("paragraph", (Inline("A line."),)),))
LONG = Document((Block("paragraph", (Inline("Words and words. " * 40),)),) * 30)


def test_the_column_keeps_its_width_whether_or_not_there_is_a_scroll_bar(editor, qtbot):
    editor.resize(1000, 500)
    widths = set()
    for document, width in ((SHORT, 1000), (LONG, 1000), (LONG, 1200), (SHORT, 1200)):
        editor.resize(width, 500)
        editor.load(document)
        qtbot.wait(10)
        widths.add(editor.viewport().width())
    assert len(widths) == 1


def test_a_narrow_page_gives_the_words_all_its_width(editor, qtbot):
    editor.resize(400, 500)
    editor.load(LONG)
    qtbot.wait(10)
    assert editor.viewport().width() == 400 - editor.verticalScrollBar().width()
    assert editor.document().textWidth() == editor.viewport().width()


def test_a_window_made_wider_lays_no_word_out_again(editor, qtbot, monkeypatch):
    editor.resize(1000, 500)
    editor.load(LONG)
    qtbot.wait(10)
    kept = []
    resize = QTextEdit.resizeEvent
    monkeypatch.setattr(
        QTextEdit,
        "resizeEvent",
        lambda page, event: (
            kept.append(event.oldSize().width() == event.size().width()) or resize(page, event)
        ),
    )
    editor.resize(1100, 500)
    qtbot.wait(10)
    assert kept
    assert all(kept)
