"""Colours that can be read."""

import pytest
from PySide6.QtGui import QColor

from tinymorph.ui.theme import load_theme

TEXT_PAIRS = (
    ("ink", "page"),
    ("ink", "chrome"),
    ("ink", "card"),
    ("ink", "code_wash"),
    ("ink", "accent_wash"),
    ("ink", "hover"),
    ("soft", "chrome"),
    ("soft", "card"),
    ("soft", "page"),
    ("soft", "accent_wash"),
    ("soft", "hover"),
    ("accent", "page"),
    ("accent", "accent_wash"),
    ("accent_ink", "accent"),
    ("accent_ink", "accent_hover"),
    ("selection_ink", "selection"),
    ("insert_ink", "insert_wash"),
    ("delete_ink", "delete_wash"),
    ("delete_ink", "chrome"),
    ("warn_ink", "warn_wash"),
)
SHAPE_PAIRS = (("control_line", "chrome"), ("control_line", "card"), ("focus", "chrome"))


def luminance(colour):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    c = QColor(colour)
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF())


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_stand_out_from_what_they_stand_on(qapp, name):
    colours = load_theme(name).colours
    weak = {
        pair: round(found, 2)
        for pair in TEXT_PAIRS
        if (found := contrast(getattr(colours, pair[0]), getattr(colours, pair[1]))) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_edges_of_controls_and_the_focus_can_be_seen(qapp, name):
    colours = load_theme(name).colours
    for ink, ground in SHAPE_PAIRS:
        assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 3


def test_the_style_sheet_has_no_gap_left_and_grows_with_the_zoom(qapp):
    normal, large = load_theme("light").stylesheet(), load_theme("light", 2.0).stylesheet()
    assert "{{" not in normal
    assert "font-size: 10.00pt" in normal
    assert "font-size: 20.00pt" in large
