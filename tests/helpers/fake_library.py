"""A catalogue of a handful of features, held in a dictionary."""

from __future__ import annotations

from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef

_LABELS = (
    "first person, remembering",
    "rooms and houses",
    "weather and light",
    "hedging",
    "archaic diction",
    "names of days",
)
_WORDS = ("the", " old", " house", " by", " the", " water", " was", " quiet", " again", ".")


class FakeLibrary:
    """Know six features, `0:0`, `1:1`, `0:2` and so on, as the stand-in engine has them."""

    def __init__(self) -> None:
        self._cards = {card.ref: card for card in map(_card, range(len(_LABELS)))}

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        return self._cards.get(ref)

    def label(self, ref: FeatureRef) -> str:
        card = self._cards.get(ref)
        return card.label if card is not None else f"Feature {ref}"

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        found = [card for card in self._cards.values() if words.lower() in card.label]
        return tuple(found[:limit])


def _card(number: int) -> FeatureCard:
    activations = tuple(max(0.0, 4.0 - abs(place - number)) for place in range(len(_WORDS)))
    return FeatureCard(
        ref=FeatureRef(sae_id=str(number % 2), feature_index=number),
        label=_LABELS[number],
        activation_density=0.004 * (number + 1),
        max_activation=5.0,
        top_logits=(" old", " house", " home", " door", " room"),
        bottom_logits=(" data", " percent", " market"),
        examples=(FeatureExample(tokens=_WORDS, activations=activations),) * 4,
    )
