"""One feature's activations over the words of the page: colour and underline, never document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat
from PySide6.QtWidgets import QTextEdit

from tinymorph.schema.feature import TokenActivation
from tinymorph.ui.editor.snapshot import cursor_over, words_of
from tinymorph.ui.theme import Theme

UnderlineStyle = QTextCharFormat.UnderlineStyle

STEPS = (
    (0.66, UnderlineStyle.SingleUnderline),
    (0.33, UnderlineStyle.DashUnderline),
    (0.0, UnderlineStyle.DotLine),
)
"""From which share of the peak upwards each underline stands; the mark that needs no colour."""
WEAKEST_ALPHA, STRONGEST_ALPHA = 0.14, 0.80


def heat_format(share: float, theme: Theme) -> QTextCharFormat:
    """Return how a word at `share` (0 to 1) of the strongest one looks.

    One hue that only grows in weight, so that it reads the same to every kind of colour vision.
    """
    colour = QColor(theme.colours.heat)
    alpha = WEAKEST_ALPHA + (STRONGEST_ALPHA - WEAKEST_ALPHA) * min(max(share, 0.0), 1.0)
    if theme.name == "dark":
        alpha *= 0.72
    colour.setAlphaF(alpha)
    result = QTextCharFormat()
    result.setBackground(colour)
    result.setUnderlineColor(QColor(theme.colours.heat_mark))
    result.setUnderlineStyle(next(style for floor, style in STEPS if share >= floor))
    return result


def heat_selections(
    block: QTextBlock, trace: Sequence[TokenActivation], theme: Theme
) -> list[QTextEdit.ExtraSelection]:
    """Return the overlay for one block; spans are indexes into its words."""
    peak = max((token.activation for token in trace), default=0.0)
    length = len(words_of(block))
    result: list[QTextEdit.ExtraSelection] = []
    if peak <= 0:
        return result
    for token in trace:
        if token.activation <= 0 or token.span.end > length:
            continue
        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor_over(block, token.span)
        selection.format = heat_format(token.activation / peak, theme)
        result.append(selection)
    return result
