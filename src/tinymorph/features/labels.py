"""A first, automatic label for a feature: honest about being made from tokens alone."""

from __future__ import annotations

from collections import defaultdict

from tinymorph.schema.feature import FeatureCard

_WORDS = 3


def automatic_label(card: FeatureCard) -> str:
    """Name a feature by the tokens it is most active on, and by those it calls for."""
    weights: defaultdict[str, float] = defaultdict(float)
    for example in card.examples:
        for token, value in zip(example.tokens, example.activations, strict=True):
            if value > 0 and token.strip():
                weights[token.strip()] += value
    fires = [word for word, _ in sorted(weights.items(), key=_by_weight)[:_WORDS]]
    calls = [word.strip() for word in card.top_logits if word.strip()]
    calls = [word for word in dict.fromkeys(calls) if word not in fires][:_WORDS]
    if not fires:
        return f"calls for {', '.join(calls)}" if calls else ""
    return f"on {', '.join(fires)}" + (f"; calls for {', '.join(calls)}" if calls else "")


def _by_weight(item: tuple[str, float]) -> float:
    return -item[1]


def with_automatic_label(card: FeatureCard) -> FeatureCard:
    """Return the card with its automatic label."""
    return card.model_copy(update={"label": automatic_label(card), "label_source": "automatic"})
