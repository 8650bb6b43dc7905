"""What the feature card says: numbers as sentences, and what is not known said as such."""

from __future__ import annotations

from tinymorph.schema.feature import FeatureCard
from tinymorph.ui.inspector.feature_rows import share_of
from tinymorph.ui.labels import shown_token

MAX_LOGITS = 8
CHANCE = 0.5
SOURCES = {"automatic": "automatic label", "written": "written label", "yours": "your label"}
NOTHING_KNOWN = "The catalogue says nothing of this feature."
NO_HISTOGRAM = "How its activations are spread was not measured."
NO_SURVEY = "Ctrl+F2 reads the whole document and lists here where this feature fires in it."
NOWHERE = "It fires nowhere in the paragraphs that were read."
NO_BOOKS = "Have your own books read to see them here: tinymorph features --index FOLDER"
NOT_IN_BOOKS = "It was not active in your books."
NO_EXAMPLES = "The catalogue has no example of it."
NO_NEIGHBOURS = "No other feature points its way."
ASKING = "Being looked up\u2026"
NO_MARKS_YET = "You can name it once the model is loaded."


def trust_words(card: FeatureCard) -> str:
    """Say how far a label can be trusted, and on what evidence."""
    if card.label_source == "yours":
        return "You named it."
    if card.label_source == "automatic":
        words = "Made from its strongest tokens; nobody has checked it."
    else:
        sure = "" if card.confidence is None else f", who was {card.confidence:.0%} sure"
        words = f"Written by someone who read its examples{sure}."
    if card.blind_test is None:
        return f"{words} Not tested blind yet."
    tested = f"By the label alone {card.blind_test:.0%} of unseen windows were told right"
    return f"{words} {tested} ({CHANCE:.0%} is chance)."


def numbers_words(card: FeatureCard) -> str:
    """Say the id and the two numbers that are always known."""
    group = (card.group,) if card.group else ()
    return unbroken(
        f"Feature {card.ref}",
        *group,
        f"active on {share_of(card.activation_density)}",
        f"max activation {card.max_activation:.1f}",
    )


def band_words(card: FeatureCard) -> str:
    """Say between which coefficients it can be used."""
    band = card.band
    if band is None:
        return "Usable band: not measured yet."
    if band.first_effect is None:
        return "Usable band: none found; steering with it changed nothing up to 4."
    start = f"Usable band: from {band.first_effect:g}"
    if band.collapse is None:
        return f"{start}; the text did not break up to 4."
    return f"{start} up to {band.collapse:g}, where the text breaks."


def writes_words(card: FeatureCard) -> str:
    """Say whether steering with it changes what is written."""
    score = "" if card.output_score is None else f" (output score {card.output_score:.2f})"
    if card.writes is None:
        return f"Writes or only reads: not measured yet{score}."
    if card.writes:
        return f"It writes: steering with it changes the words{score}."
    return f"It only reads: it notices, but steering with it changes little{score}."


def logits_words(verb: str, tokens: tuple[str, ...]) -> str:
    """Say which tokens a decoder row raises or lowers; empty where that is not known.

    Tokens that are a part of a character only cannot be read and are left out.
    """
    readable = [token for token in tokens if "\ufffd" not in token]
    words = "  ".join(shown_token(token).strip() for token in readable[:MAX_LOGITS])
    return f"{verb}:  {words}" if words.strip() else ""


def places_words(count: int) -> str:
    """Say in how many paragraphs it fires."""
    if not count:
        return NOWHERE
    return (
        "Fires in 1 paragraph:"
        if count == 1
        else f"Fires in {count:,} paragraphs, strongest first:"
    )


def unbroken(*parts: str) -> str:
    """Join parts so that a line ends between them and never inside one."""
    return " \u00b7 ".join(part.replace(" ", "\u00a0") for part in parts)
