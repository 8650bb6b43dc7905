"""The colours of heat: even steps to the eye, and words stay readable on each of them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor

from tinymorph.ui.theme import Theme

LEAST_CONTRAST = 4.5
"""Between the words and the hottest colour beneath them (WCAG, level AA)."""
STEPS = 32
"""A ramp has so many colours; more could not be told apart."""
WEAKEST = 0.16
"""The coolest colour lies this far along the ramp, so that it differs from no heat at all."""

Lab = tuple[float, float, float]


def heat_colour(share: float, theme: Theme) -> QColor:
    """Return the colour of a share (0 to 1) of the strongest activation."""
    ramp = _ramp(theme.colours.page, theme.colours.heat, theme.colours.ink)
    place = WEAKEST + (1 - WEAKEST) * min(max(share, 0.0), 1.0)
    return QColor(ramp[round(place * STEPS)])


def contrast_ratio(first: QColor, second: QColor) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG defines it."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightness(colour: QColor) -> float:
    """Return how light a colour looks, from 0 to 1 (the L of OKLab)."""
    return _to_lab(colour)[0]


@lru_cache(maxsize=16)
def _ramp(page: str, heat: str, ink: str) -> tuple[str, ...]:
    """Return colours from the page to the heat, evenly spaced in OKLab.

    Where the words could not be read on the heat itself, the ramp ends before it.
    """
    start, end, words = _to_lab(QColor(page)), _to_lab(QColor(heat)), QColor(ink)
    reach = 1.0
    while reach > 0 and contrast_ratio(_to_colour(_mixed(start, end, reach)), words) < (
        LEAST_CONTRAST
    ):
        reach -= 0.01
    return tuple(
        _to_colour(_mixed(start, end, reach * step / STEPS)).name() for step in range(STEPS + 1)
    )


def _mixed(start: Lab, end: Lab, share: float) -> Lab:
    light, green_red, blue_yellow = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    return light, green_red, blue_yellow


def _to_lab(colour: QColor) -> Lab:
    """Return a colour in OKLab (Björn Ottosson, 2020), where equal distances look equal."""
    red, green, blue = (
        _linear(value) for value in (colour.redF(), colour.greenF(), colour.blueF())
    )
    cones = (
        0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
        0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
        0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    )
    long, middle, short = (value ** (1 / 3) for value in cones)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _to_colour(lab: Lab) -> QColor:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (_encoded(min(max(value, 0.0), 1.0)) for value in linear)
    return QColor.fromRgbF(red, green, blue)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _luminance(colour: QColor) -> float:
    red, green, blue = (
        _linear(value) for value in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
