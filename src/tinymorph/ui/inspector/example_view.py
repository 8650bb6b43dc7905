"""Example windows of a feature, each token tinted by how active it was."""

from __future__ import annotations

import html

from tinymorph.schema.feature import FeatureExample
from tinymorph.ui.heat_colours import heat_colour
from tinymorph.ui.theme import Theme

MARKED_FROM = 0.33
"""Tokens at least this active, as a share of the window's peak, are underlined too."""


def example_html(example: FeatureExample, theme: Theme) -> str:
    """Return one window as rich text on one or more lines."""
    peak = max(example.activations, default=0.0)
    pieces = [
        _token(token, activation / peak if peak > 0 else 0.0, theme)
        for token, activation in zip(example.tokens, example.activations, strict=False)
    ]
    return f'<p style="line-height:136%; margin:0">{"".join(pieces)}</p>'


def _token(token: str, share: float, theme: Theme) -> str:
    shown = html.escape(token.replace("\n", " \u21b5 "))
    if share <= 0:
        return shown
    lead = shown[: len(shown) - len(shown.lstrip())]
    core = shown.lstrip()
    if not core:
        return shown
    wash = heat_colour(share, theme).name()
    line = "; text-decoration:underline" if share >= MARKED_FROM else ""
    return f'{lead}<span style="background-color:{wash}{line}">{core}</span>'
