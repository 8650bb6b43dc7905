"""Rows of features: of a reading, a survey, a contrast, a search; and of the places of one."""

from __future__ import annotations

from collections.abc import Sequence

from tinymorph.schema.feature import FeatureActivation, FeatureCard, FeatureRef, Neighbour
from tinymorph.schema.span import Span
from tinymorph.session.surveys import ContrastView, ExampleView, PlaceView, SurveyView
from tinymorph.session.views import ReadingView
from tinymorph.ui.inspector.rows import BarCell, Column, Row, SparkCell, TextCell, TwoSidedCell
from tinymorph.ui.labels import FeatureLibrary

FEATURE_COLUMNS = (
    Column("Feature", share=0.64),
    Column("Over the passage", share=0.36, can_hide=True),
    Column("Strength", sample="4:20480"),
)
CONTRAST_COLUMNS = (
    Column("Feature", share=0.6),
    Column("A and B", share=0.4, can_hide=True),
    Column("A", sample="10.0 %"),
    Column("B", sample="10.0 %"),
)
PLACE_COLUMNS = (Column("Words", share=1.0), Column("Strength", sample="Strongest"))
NEIGHBOUR_COLUMNS = (Column("Feature", share=1.0), Column("Cosine", sample="\u22120.00"))
SPARK_PLACES = 80
"""A passage is cut into so many places at most for its sparkline."""
BEFORE, AFTER = 14, 48
"""Characters shown on each side of a peak."""


def reading_rows(
    view: ReadingView, library: FeatureLibrary, *, is_word: bool = False
) -> tuple[Row, ...]:
    """Return the features of one passage, strongest first; of a word, over its paragraph."""
    text = view.paragraph.text
    span = Span(start=0, end=len(text)) if is_word else view.span
    marked = None
    if is_word and span.end:
        marked = (view.span.start + view.span.end) / 2 / span.end
    return tuple(
        Row(
            label=library.label(top.ref),
            ref=top.ref,
            cells=(
                TextCell(library.label(top.ref), _peak_note(top, text)),
                SparkCell(*_spark(top, span), marked=marked),
                TextCell(f"{top.relative:.0%}", str(top.ref), is_number=True),
            ),
        )
        for top in view.reading.top
    )


def survey_rows(view: SurveyView, library: FeatureLibrary) -> tuple[Row, ...]:
    """Return the strongest features of many paragraphs, each over the paragraphs."""
    rows: list[Row] = []
    for found in view.features:
        word = found.span.of(view.parts[found.part].paragraph.text).strip()
        where = f"paragraph {found.part + 1}"
        note = f"peak at \u201c{word}\u201d, {where}" if word else f"peak in {where}"
        active = sum(value > 0 for value in found.by_part)
        spoken = f"active in {active} of {len(found.by_part)} paragraphs, most in {where}"
        spark = tuple(value / found.peak for value in found.by_part)
        label = library.label(found.ref)
        number = TextCell(f"{found.peak:.0%}", str(found.ref), is_number=True)
        rows.append(
            Row(label, (TextCell(label, note), SparkCell(spark, spoken), number), found.ref)
        )
    return tuple(rows)


def search_rows(cards: Sequence[FeatureCard]) -> tuple[Row, ...]:
    """Return the features that a search by words found."""
    return tuple(
        Row(
            label=card.label,
            ref=card.ref,
            cells=(
                TextCell(card.label, f"active on {share_of(card.activation_density)}"),
                SparkCell((), "not read here"),
                TextCell("", str(card.ref), is_number=True),
            ),
        )
        for card in cards
    )


def example_rows(view: ExampleView, library: FeatureLibrary) -> tuple[Row, ...]:
    """Return the features that are key to an example, the most telling first."""
    largest = max((score for _, score in view.features), default=1.0)
    return tuple(
        Row(
            label=library.label(ref),
            ref=ref,
            cells=(
                TextCell(library.label(ref), "fires oftener here than in other texts"),
                BarCell(score / largest, f"telling: {score:.0f}"),
                TextCell(f"{score:.0f}", str(ref), is_number=True),
            ),
        )
        for ref, score in view.features
    )


def contrast_rows(view: ContrastView, library: FeatureLibrary) -> tuple[Row, ...]:
    """Return the features that differ most, those stronger in A first."""
    largest = max((max(one.a, one.b) for one in view.differences), default=0.0) or 1.0
    rows: list[Row] = []
    for one in view.differences:
        label = library.label(one.ref)
        which = "B" if one.more_in_b > 0 else "A"
        spoken = f"A {percent(one.a)}, B {percent(one.b)}, stronger in {which}"
        cells = (
            TextCell(label, f"stronger in {which} \u00b7 {one.ref}"),
            TwoSidedCell(one.a / largest, one.b / largest, spoken),
            TextCell(percent(one.a), is_number=True),
            TextCell(percent(one.b), is_number=True),
        )
        rows.append(Row(label, cells, one.ref))
    return tuple(rows)


def place_rows(places: Sequence[PlaceView]) -> tuple[Row, ...]:
    """Return the paragraphs in which a feature fires, with the words around its peak."""
    return tuple(
        Row(
            label=f"Paragraph {place.number}",
            number=number,
            cells=(
                TextCell(excerpt(place), f"paragraph {place.number}"),
                BarCell(place.peak, f"{place.peak:.0%} of its maximum"),
            ),
        )
        for number, place in enumerate(places)
    )


def neighbour_rows(neighbours: Sequence[Neighbour], library: FeatureLibrary) -> tuple[Row, ...]:
    """Return the features whose decoder rows point nearly the same way."""
    return tuple(
        Row(
            label=library.label(one.ref),
            ref=one.ref,
            cells=(
                TextCell(library.label(one.ref), str(one.ref)),
                TextCell(f"{one.cosine:.2f}".replace("-", "\u2212"), is_number=True),
            ),
        )
        for one in neighbours
    )


def plain_rows(refs: Sequence[FeatureRef], library: FeatureLibrary) -> tuple[Row, ...]:
    """Return features that were chosen by hand, as those of a list."""
    cards = [(ref, library.card(ref)) for ref in refs]
    return tuple(
        Row(
            label=library.label(ref),
            ref=ref,
            cells=(
                TextCell(
                    library.label(ref),
                    "not in the catalogue"
                    if card is None
                    else f"active on {share_of(card.activation_density)}",
                ),
                SparkCell((), "not read here"),
                TextCell("", str(ref), is_number=True),
            ),
        )
        for ref, card in cards
    )


def excerpt(place: PlaceView) -> str:
    """Return the words around a peak, the peak itself between marks."""
    text, span = place.part.paragraph.text, place.span
    before = text[max(0, span.start - BEFORE) : span.start]
    after = text[span.end : span.end + AFTER]
    lead = "\u2026" if span.start > BEFORE else ""
    tail = "\u2026" if span.end + AFTER < len(text) else ""
    word = span.of(text)
    core = word.strip()
    left = word[: len(word) - len(word.lstrip())]
    marked = f"{left}\u203a{core}\u2039" if core else word
    return f"{lead}{before}{marked}{after}{tail}".replace("\n", " ")


def share_of(density: float) -> str:
    """Return a density as a reader can picture it."""
    if density <= 0:
        return "no tokens"
    return f"{density:.2%} of tokens" if density >= 0.0001 else "under 0.01% of tokens"


def percent(value: float) -> str:
    """Return a small share with as many digits as tell it apart."""
    return f"{value:.1%}" if value >= 0.001 or value == 0 else "<0.1%"


def _peak_note(feature: FeatureActivation, text: str) -> str:
    """Return where in the passage the feature peaked."""
    word = feature.span.of(text).strip()
    return f"peak at \u201c{word}\u201d" if word else "peak at a space"


def _spark(feature: FeatureActivation, span: Span) -> tuple[tuple[float, ...], str]:
    """Return a feature's strengths over a passage as shares of the highest, and their words."""
    length = max(span.end - span.start, 1)
    places = min(SPARK_PLACES, length)
    values = [0.0] * places
    within = [
        token
        for token in feature.trace
        if token.span.start < span.end and token.span.end > span.start
    ]
    highest = max((token.activation for token in within), default=0.0)
    if highest <= 0:
        return (0.0,), "active nowhere in it"
    for token in within:
        middle = (max(token.span.start, span.start) + min(token.span.end, span.end)) / 2
        place = min(int((middle - span.start) / length * places), places - 1)
        values[place] = max(values[place], token.activation / highest)
    words = "one word" if len(within) == 1 else f"{len(within)} words"
    at = max(range(places), key=values.__getitem__) / places
    return tuple(values), f"active on {words}, highest {at:.0%} of the way through"
