"""Candidates are read as a whole forward pass over the finished text would read them."""

from __future__ import annotations

import torch

from helpers.generation import written
from helpers.tiny_bundle import TEXT
from tinymorph.engine.generate import Row
from tinymorph.engine.prompt import encode_text
from tinymorph.engine.reading import read_cold
from tinymorph.engine.rewriter import Rewriter
from tinymorph.engine.scoring import FeatureScorer
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm

REFS = (FeatureRef(sae_id="1", feature_index=7), FeatureRef(sae_id="0", feature_index=3))
PLAN = SteeringPlan(
    terms=(
        SteeringTerm(ref=REFS[0], coefficient=2.0),
        SteeringTerm(ref=REFS[1], mode=SteeringMode.ABLATE),
    )
)


def relative(engine: Rewriter, ids: list[int]) -> tuple[float, float]:
    """Return the last token's activations / max activation, by reading the whole text anew."""
    cold = read_cold(engine.backend, engine.tokenizer, engine.saes, ids)
    wanted, unwanted = (float(cold.acts[ref.sae_id][-1, ref.feature_index]) for ref in REFS)
    return wanted / 4.0, unwanted / 4.0


@torch.inference_mode()
def test_score_of_a_candidate_is_its_activation_in_the_text_it_would_end(
    tiny_engine: Rewriter,
) -> None:
    ids = encode_text(tiny_engine.tokenizer, TEXT).token_ids
    scorer = FeatureScorer(tiny_engine.backend, tiny_engine.saes, {0: PLAN, 2: PLAN})
    texts: dict[int, list[int]] = {0: [], 2: []}
    carried = {0: 0.0, 2: 0.0}
    for step in range(6):
        offers = {row: list(ids[step + row : step + row + 5]) for row in (0, 2)}
        scores = scorer.score(torch.tensor(list(offers.values())))
        for place, row in enumerate((0, 2)):
            zeal = max(0.0, 1 + 2.0 * (0.05 + 0.02) * step - carried[row])
            expected = [
                2.0 * zeal * wanted**0.5 - unwanted**0.5
                for wanted, unwanted in (
                    relative(tiny_engine, [*texts[row], token]) for token in offers[row]
                )
            ]
            assert torch.allclose(scores[place], torch.tensor(expected), atol=1e-4)
        choices = [step % 5, (step + 2) % 5]
        keep(scorer, [0, 2], dict(zip((0, 2), choices, strict=True)))
        for row, choice in zip((0, 2), choices, strict=True):
            texts[row].append(offers[row][choice])
            carried[row] += relative(tiny_engine, texts[row])[0]


@torch.inference_mode()
def test_rows_that_leave_do_not_mix_with_those_that_stay(tiny_engine: Rewriter) -> None:
    scorer = FeatureScorer(tiny_engine.backend, tiny_engine.saes, {0: PLAN, 1: PLAN})
    scorer.score(torch.tensor([[40, 41], [50, 51]]))
    keep(scorer, [1], {0: 0, 1: 1})
    assert scorer.rows == [1]
    score = scorer.score(torch.tensor([[60, 61]]))[0]
    zeal = max(0.0, 1 + 2.0 * (0.05 + 0.02) - relative(tiny_engine, [51])[0])
    read = [relative(tiny_engine, [51, token]) for token in (60, 61)]
    expected = torch.tensor([2.0 * zeal * wanted**0.5 - unwanted**0.5 for wanted, unwanted in read])
    assert torch.allclose(score, expected, atol=1e-4)


def keep(scorer: FeatureScorer, going: list[int], choices: dict[int, int]) -> None:
    for row, choice in choices.items():
        scorer.note(row, choice)
    scorer.follow(going)


@torch.inference_mode()
def test_feature_that_the_text_carries_already_is_asked_for_no_more(
    tiny_engine: Rewriter,
) -> None:
    wanted = SteeringPlan(terms=(SteeringTerm(ref=REFS[0], coefficient=1.0),))
    scorer = FeatureScorer(tiny_engine.backend, tiny_engine.saes, {0: wanted})
    candidates = torch.arange(30, 70)[None]
    first = scorer.score(candidates)[0]
    assert float(first.max()) > 0
    for _ in range(8):
        keep(scorer, [0], {0: int(first.argmax())})
        first = scorer.score(candidates)[0]
    assert float(first.max()) == 0


def test_weight_is_not_used_where_nothing_is_steered(tiny_engine: Rewriter) -> None:
    inert = SteeringPlan(terms=(SteeringTerm(ref=REFS[0], coefficient=0.0),))
    prompt = encode_text(tiny_engine.tokenizer, TEXT).token_ids[:12]
    rows = [
        Row(SteeringPlan(), 1, Sampling(max_new_tokens=20, feature_weight=0)),
        Row(inert, 1, Sampling(max_new_tokens=20)),
    ]
    plain, weighted = written(tiny_engine.backend, tiny_engine.saes, prompt, rows)
    assert weighted == plain
