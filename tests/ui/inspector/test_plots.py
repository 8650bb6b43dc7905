"""The small pictures: what is drawn is what the numbers say, and words say it too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tinymorph.ui.inspector.plots import (
    HistogramPlot,
    histogram_words,
    paint_bar,
    paint_sparkline,
    paint_two_sided,
    resampled,
)
from tinymorph.ui.theme import load_theme


def drawn(paint, width=120, height=30):
    picture = QImage(width, height, QImage.Format.Format_ARGB32)
    picture.fill(QColor("#ffffff"))
    painter = QPainter(picture)
    paint(painter, QRectF(0, 0, width, height))
    painter.end()
    return picture


def dots(picture, colour):
    """Return how many dots of a colour each column has."""
    wanted = QColor(colour)
    return [
        sum(picture.pixelColor(x, y) == wanted for y in range(picture.height()))
        for x in range(picture.width())
    ]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=300), st.integers(1, 60))
def test_no_peak_is_lost_when_there_is_little_room(values, count):
    shown = resampled(values, count)
    assert len(shown) == count
    assert max(shown) == max(values, default=0.0)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_sparkline_is_as_high_as_its_values_and_stands_where_they_do(qapp, name):
    theme = load_theme(name)
    values = (0.0, 0.0, 0.5, 0.0, 1.0, 0.0)
    picture = drawn(lambda painter, area: paint_sparkline(painter, area, values, theme, None))
    heights = dots(picture, theme.colours.heat_mark)
    assert max(heights[80:100]) == 29
    assert max(heights[40:60]) == pytest.approx(15, abs=1)
    assert sum(heights[:40]) == sum(heights[60:80]) == sum(heights[100:]) == 0


def test_sparkline_grows_with_the_zoom(qapp):
    small, large = load_theme("light"), load_theme("light", 2.0)
    values = (1.0,) + (0.0,) * 9
    widths = [
        sum(
            height > 0
            for height in dots(
                drawn(lambda p, a, t=theme: paint_sparkline(p, a, values, t, None)),
                theme.colours.heat_mark,
            )
        )
        for theme in (small, large)
    ]
    assert widths[1] > widths[0]


def test_sparkline_points_at_the_marked_place(qapp):
    theme = load_theme("light")
    picture = drawn(lambda painter, area: paint_sparkline(painter, area, (0.0,), theme, 0.25))
    marked = [x for x, height in enumerate(dots(picture, theme.colours.focus)) if height]
    assert marked
    assert sum(marked) / len(marked) == pytest.approx(30, abs=1)


def test_two_sided_bar_shows_each_strength_on_its_side(qapp):
    theme = load_theme("light")
    picture = drawn(lambda painter, area: paint_two_sided(painter, area, 0.5, 1.0, theme))
    left = [x for x, height in enumerate(dots(picture, theme.colours.accent)) if height]
    right = [x for x, height in enumerate(dots(picture, theme.colours.heat_mark)) if height]
    assert (min(left), max(left)) == (30, 59)
    assert min(right) >= 59
    assert max(right) >= 118


def test_bar_is_as_long_as_its_share(qapp):
    theme = load_theme("light")
    picture = drawn(lambda painter, area: paint_bar(painter, area, 0.25, theme))
    assert sum(height > 0 for height in dots(picture, theme.colours.heat_mark)) == 30


def test_histogram_is_told_step_by_step(qtbot):
    theme = load_theme("light")
    plot = HistogramPlot(theme)
    qtbot.addWidget(plot)
    plot.show_shares((0.75, 0.25), theme)
    words = "0% to 50% of the maximum: 75.0%; 50% to 100% of the maximum: 25.0%"
    assert histogram_words((0.75, 0.25)) == words
    assert plot.accessibleDescription() == words
    plot.resize(100, 44)
    heights = dots(plot.grab().toImage(), theme.colours.heat_mark)
    assert max(heights[:49]) > 2.5 * max(heights[51:99])
