"""The heat map over the page."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QTextCursor

from tinymorph.schema.feature import TokenActivation
from tinymorph.schema.span import Span
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.heat_map import HeatMap
from tinymorph.ui.editor.snapshot import take_snapshot
from tinymorph.ui.heat_colours import contrast_ratio, heat_colour, lightness
from tinymorph.ui.theme import load_theme

FOX = "\U0001f98a"
TEXT = f"{FOX} red fox runs home"
OTHER = "a fox"


def hot(start, end, activation):
    return TokenActivation(span=Span(start=start, end=end), activation=activation)


TRACE = (hot(1, 5, 4.0), hot(5, 9, 1.0), hot(14, 19, 2.0))


def load(editor, *texts):
    editor.load(Document(tuple(Block("paragraph", (Inline(text),)) for text in texts)))
    document = editor.document()
    return [
        take_snapshot(document.findBlockByNumber(number)).paragraph_id
        for number in range(len(texts))
    ]


@pytest.fixture
def heat(editor) -> HeatMap:
    ids = load(editor, TEXT, OTHER)
    editor.heat.show({ids[0]: TRACE, ids[1]: (hot(1, 5, 3.0),)})
    return editor.heat


def test_the_words_under_the_heat_are_those_of_the_spans(heat):
    assert heat.words() == (("red", 1.0), ("fox", 0.25), ("home", 0.5), ("fox", 0.75))


def test_the_heat_is_painted_behind_the_words(editor, heat, qtbot):
    hot_page = editor.grab().toImage()
    heat.clear()
    cold_page = editor.grab().toImage()
    wanted = heat_colour(1.0, editor._theme)
    dots = [(x, y) for x in range(hot_page.width()) for y in range(80)]
    changed = [dot for dot in dots if hot_page.pixelColor(*dot) != cold_page.pixelColor(*dot)]
    assert any(hot_page.pixelColor(*dot) == wanted for dot in changed)
    word = next(dot for dot in changed if hot_page.pixelColor(*dot) == wanted)
    cursor = editor.cursorForPosition(editor.viewport().mapFrom(editor, QPoint(*word)))
    assert cursor.block().text()[: cursor.positionInBlock() + 2].startswith(FOX)


def test_a_hotter_word_has_a_thicker_line_under_it(editor, heat):
    picture = editor.grab().toImage()
    mark = QColor(editor._theme.colours.heat_mark)
    heights = {}
    for number, (word, share) in enumerate(heat.words()):
        del word
        heights[number, share] = 0
    columns = {}
    for x, y in itertools.product(range(picture.width()), range(picture.height())):
        if picture.pixelColor(x, y) == mark:
            columns[x] = columns.get(x, 0) + 1
    assert len(set(columns.values())) >= 3, "lines of three weights at least"


def test_the_heat_is_no_part_of_document_or_undo(editor, heat):
    assert not editor.document().isModified()
    assert not editor.document().isUndoAvailable()
    assert [block.text for block in editor.document_value().blocks] == [TEXT, OTHER]


def test_an_edit_of_a_paragraph_takes_the_heat_from_it_alone(editor, heat, qtbot):
    qtbot.keyClick(editor, "x")
    assert heat.words() == (("fox", 0.75),)


def test_heat_of_words_that_are_not_there_any_more_is_not_shown(editor):
    (paragraph_id,) = load(editor, OTHER)
    editor.heat.show({paragraph_id: (hot(2, 40, 1.0),), "gone": (hot(0, 1, 1.0),)})
    assert not editor.heat.is_shown


def test_walking_goes_from_peak_to_peak_and_round(editor, heat):
    assert [peak.word for peak in heat.peaks] == ["red", "home", "fox"]
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    walked = []
    for _ in range(4):
        peak = heat.walk(1)
        walked.append(peak.word)
        assert editor.textCursor().position() == peak.position
        assert not editor.textCursor().hasSelection(), "a key must not replace the word"
    assert walked == ["red", "home", "fox", "red"]
    assert heat.walk(-1).word == "fox"
    assert heat.at == 2


def test_walking_begins_at_the_caret(editor, heat):
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
    assert heat.walk(1).paragraph_id == heat.peaks[2].paragraph_id
    heat.clear()
    assert heat.walk(1) is None


SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted)


@settings(max_examples=30)
@given(SHARES)
def test_hotter_is_further_from_the_page_in_even_steps(qapp, shares):
    for name in ("light", "dark"):
        theme = load_theme(name)
        cool, warm = (abs(_distance(heat_colour(share, theme), theme)) for share in shares)
        assert cool <= warm + 0.004
        whole = _distance(heat_colour(1.0, theme), theme) - _distance(heat_colour(0, theme), theme)
        expected = (shares[1] - shares[0]) * whole
        gap = _distance(heat_colour(shares[1], theme), theme) - _distance(
            heat_colour(shares[0], theme), theme
        )
        assert gap == pytest.approx(expected, abs=abs(whole) / 20 + 0.004)


def _distance(colour, theme):
    return lightness(colour) - lightness(QColor(theme.colours.page))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_can_be_read_on_every_heat(qapp, name):
    theme = load_theme(name)
    ink = QColor(theme.colours.ink)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert contrast_ratio(heat_colour(share, theme), ink) >= 4.45


@pytest.mark.parametrize("name", ["light", "dark"])
def test_no_heat_and_little_heat_can_be_told_apart(qapp, name):
    theme = load_theme(name)
    assert abs(_distance(heat_colour(0.0, theme), theme)) > 0.02


def test_contrast_and_lightness_are_those_of_their_definitions(qapp):
    white, black = QColor("#ffffff"), QColor("#000000")
    assert contrast_ratio(white, black) == pytest.approx(21.0)
    assert contrast_ratio(QColor("#777777"), white) == pytest.approx(4.48, abs=0.01)
    assert contrast_ratio(QColor("#0000ff"), white) == pytest.approx(8.59, abs=0.01)
    assert lightness(white) == pytest.approx(1.0, abs=1e-4)
    assert lightness(black) == pytest.approx(0.0, abs=1e-4)
    assert lightness(QColor("#ff0000")) == pytest.approx(0.628, abs=1e-3)
