"""Draws have the distribution they claim, whatever else is drawn, with and without drafts."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.engine.sampling import Dice, gumbel
from tinymorph.engine.speculation import Drafter
from tinymorph.schema.request import Sampling

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])
DRAWS = 4000
CRITICAL = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52}
"""Chi-square at one in a thousand, by degrees of freedom."""


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("top_p", [0.9, 1.0])
def test_tokens_are_drawn_as_often_as_the_nucleus_says(temperature: float, top_p: float) -> None:
    counts = [0] * len(LOGITS)
    for seed in range(DRAWS):
        dice = Dice(Sampling(temperature=temperature, top_p=top_p), seed, ())
        offer = dice.offer(LOGITS)
        counts[int(offer.token_ids[dice.choose(offer)])] += 1
    probs = (LOGITS / temperature).softmax(-1)
    before = probs.cumsum(-1) - probs
    kept = probs.masked_fill(before >= top_p, 0)
    expected = (kept / kept.sum() * DRAWS).tolist()
    assert all(count == 0 for count, wanted in zip(counts, expected, strict=True) if wanted == 0)
    pairs = [(c, e) for c, e in zip(counts, expected, strict=True) if e > 0]
    chi_square = sum((count - wanted) ** 2 / wanted for count, wanted in pairs)
    assert chi_square < CRITICAL[len(pairs) - 1]


def test_noise_is_that_of_a_gumbel_distribution_at_every_position() -> None:
    noise = torch.stack([gumbel(seed, seed % 7, torch.arange(50)) for seed in range(400)])
    euler = 0.5772
    assert abs(float(noise.mean()) - euler) < 0.02
    assert abs(float(noise.var()) - math.pi**2 / 6) < 0.05
    assert abs(float(torch.corrcoef(noise[:, :2].T)[0, 1])) < 0.15


@given(seed=st.integers(0, 2**62), position=st.integers(0, 10**6), token=st.integers(0, 300_000))
def test_noise_of_a_token_does_not_depend_on_what_else_is_offered(
    seed: int, position: int, token: int
) -> None:
    alone = gumbel(seed, position, torch.tensor([token]))
    among = gumbel(seed, position, torch.tensor([5, token, 9]))[1:2]
    assert torch.equal(alone, among)
    assert torch.isfinite(alone).all()


def test_temperature_zero_takes_the_likeliest_token() -> None:
    dice = Dice(Sampling(temperature=0), 3, ())
    offer = dice.offer(LOGITS)
    assert int(offer.token_ids[dice.choose(offer)]) == 0


def test_choosing_twice_gives_the_same_token_until_something_is_written() -> None:
    dice = Dice(Sampling(temperature=1.5, top_p=1.0), 1, ())
    offer = dice.offer(LOGITS)
    assert len({dice.choose(offer) for _ in range(5)}) == 1
    seen = set[int]()
    for _ in range(30):
        seen.add(dice.choose(dice.offer(LOGITS)))
        dice.write(5)
    assert len(seen) > 1


@given(
    passage=st.lists(st.integers(0, 5), max_size=30),
    written=st.lists(st.integers(0, 5), max_size=30),
    room=st.integers(0, 9),
)
def test_a_draft_is_what_followed_the_last_tokens_and_never_longer_than_the_room(
    passage: list[int], written: list[int], room: int
) -> None:
    drafter = Drafter(tuple(passage))
    for token in written:
        drafter.write(token)
    draft = drafter.draft(room)
    assert len(draft) <= room
    if draft and written:
        runs = [passage, written]
        spots = [
            (run, at) for run in runs for at in range(1, len(run) + 1) if run[at - 1] == written[-1]
        ]
        joined = passage + written
        assert (
            any(run[at : at + len(draft)] == draft[: len(run) - at] for run, at in spots)
            or draft == joined[len(passage) : len(passage) + len(draft)]
        )


def test_a_copied_passage_is_drafted_to_its_end_and_drafts_that_fail_become_rare() -> None:
    drafter = Drafter(tuple(range(40)))
    at, passes = 0, 0
    while at < 40:
        draft = drafter.draft(100)
        right = min(len(draft), 40 - at)
        drafter.learn_from(len(draft), right)
        for token in range(at, min(40, at + right + 1)):
            drafter.write(token)
        at += right + 1
        passes += 1
    assert passes <= 6
    drafted = 0
    for token in range(200):
        drafter.write(token % 40)
        draft = drafter.draft(4)
        drafted += bool(draft)
        drafter.learn_from(len(draft), 0)
    assert drafted < 80
