"""Batches, gaps and optimizers, on shards of a few made-up tokens."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from tinymorph.training.batches import IGNORED, Mixture, PairBatches, ProseBatches, Words
from tinymorph.training.infilling import ENDS_CLAUSE, ENDS_SENTENCE, STARTS_WORD, find_gap
from tinymorph.training.muon import Muon, orthogonal
from tinymorph.training.recipe import Recipe
from tinymorph.training.run import Stage
from tinymorph.training.style import STYLES, mask_of

RECIPE = Path(__file__).parents[1] / "data" / "tiny_recipe.toml"
PAD, BOS, EOS, TARGET, PREFIX, SUFFIX, MIDDLE, LIKE, COMMA, STOP = range(10)
WORD = 20
"""Tokens from here to 99 are words; styles are tokens from 100."""


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Three runs of paragraphs, each `word word , word word .`, and twelve pairs."""
    words = {
        "bos": BOS, "eos": EOS, "pad": PAD, "target": TARGET, "prefix": PREFIX, "suffix": SUFFIX,
        "middle": MIDDLE, "like": LIKE, "comma": [COMMA],
        "styles": [[100 + place] for place in range(len(STYLES))],
    }  # fmt: skip
    (tmp_path / "words.json").write_text(json.dumps(words), encoding="utf-8")
    classes = np.zeros(200, dtype=np.uint8)
    classes[WORD:100] = STARTS_WORD
    classes[COMMA], classes[STOP] = ENDS_CLAUSE, ENDS_SENTENCE
    np.save(tmp_path / "classes.npy", classes)
    tokens, index = [], []
    for place in range(12):
        base = WORD + place * 6
        piece = [*range(base, base + 3), COMMA, *range(base + 3, base + 6), STOP] * 2
        index.append((len(tokens), len(tokens) + len(piece), place // 4, mask_of(("plain",))))
        tokens += piece
    pairs, pair_index = [], []
    for place in range(12):
        source = [BOS, 11, *range(WORD, WORD + 3 + place), TARGET]
        target = [*range(60, 63 + place), EOS]
        start = len(pairs)
        middle, end = start + len(source), start + len(source) + len(target)
        pair_index.append((start, middle, end, mask_of(("archaic",)), place % 2))
        pairs += source + target
    for split in ("train", "heldout"):
        np.save(tmp_path / f"prose.{split}.tokens.npy", np.asarray(tokens, dtype=np.uint16))
        np.save(tmp_path / f"prose.{split}.index.npy", np.asarray(index))
        np.save(tmp_path / f"pairs.{split}.tokens.npy", np.asarray(pairs, dtype=np.uint16))
        np.save(tmp_path / f"pairs.{split}.index.npy", np.asarray(pair_index))
    return tmp_path


def test_same_number_is_the_same_batch(shards: Path) -> None:
    for first, second in (
        (prose(shards, Mixture(0.5, 0.5)), prose(shards, Mixture(0.5, 0.5))),
        (pairs(shards, 0.5), pairs(shards, 0.5)),
    ):
        second.batch(3)
        assert torch.equal(first.batch(7)[0], second.batch(7)[0])
        assert not torch.equal(first.batch(7)[0], first.batch(8)[0])


def test_window_does_not_run_into_another_book(shards: Path) -> None:
    for number in range(20):
        for row in prose(shards, Mixture()).batch(number)[0].tolist():
            words = {(token - WORD) // 6 // 4 for token in row if token >= WORD}
            assert len(words) == 1


def test_gap_and_its_surroundings_make_the_passage_again(shards: Path) -> None:
    plain = prose(shards, Mixture()).batch(5)[0].tolist()
    gaps, labels = prose(shards, Mixture(1.0)).batch(5)
    for whole, row, wanted in zip(plain, gaps.tolist(), labels.tolist(), strict=True):
        at = {mark: row.index(mark) for mark in (PREFIX, SUFFIX, MIDDLE, EOS)}
        before, after = row[2 : at[SUFFIX]], row[at[SUFFIX] + 1 : at[MIDDLE]]
        middle = row[at[MIDDLE] + 1 : at[EOS]]
        joined = before + middle + after
        assert middle
        assert joined == whole[1 : 1 + len(joined)]
        assert wanted[at[MIDDLE] + 1 : at[EOS] + 1] == [*middle, EOS]
        assert all(wanted[place] == IGNORED for mark, place in at.items() if mark != EOS)


def test_gap_begins_at_a_word(shards: Path) -> None:
    classes = np.load(shards / "classes.npy")
    window = [*range(20, 26), COMMA, *range(26, 32), STOP, *range(32, 40), STOP, *range(40, 46)]
    lengths = set()
    for seed in range(200):
        gap = find_gap(window, classes, Random(seed))
        assert gap is not None
        assert window[gap.start] >= WORD
        lengths.add(gap.end - gap.start)
    assert {1, 6} < lengths


def test_passage_too_short_for_a_gap_has_none(shards: Path) -> None:
    assert find_gap([20, 21], np.load(shards / "classes.npy"), Random(1)) is None


def test_styles_are_asked_for_right_before_the_writing_begins(shards: Path) -> None:
    style = 100 + STYLES.index("archaic")
    ids, labels = pairs(shards, 1.0).batch(0)
    for row, wanted in zip(ids.tolist(), labels.tolist(), strict=True):
        at = row.index(LIKE)
        assert row[at : at + 3] == [LIKE, style, TARGET]
        assert wanted[at : at + 3] == [IGNORED] * 3
    ids, labels = prose(shards, Mixture(0.0, 1.0)).batch(0)
    for row, wanted in zip(ids.tolist(), labels.tolist(), strict=True):
        assert row[:4] == [BOS, LIKE, 100 + STYLES.index("plain"), TARGET]
        assert wanted[:4] == [IGNORED] * 4


def test_only_sound_sources_are_learnt(shards: Path) -> None:
    batches = PairBatches(shards, "train", 400, 1, are_sources_learnt=True)
    index = np.load(shards / "pairs.train.index.npy")
    sound = {int(target - start) for start, target, _, _, is_sound in index if is_sound}
    ids, labels = batches.batch(0)
    seen = set()
    for row, wanted in zip(ids.tolist(), labels.tolist(), strict=True):
        place = row.index(TARGET)
        is_learnt = any(label != IGNORED for label in wanted[:place])
        assert is_learnt == (place + 1 in sound)
        assert wanted[:2] == [IGNORED, IGNORED]
        seen.add(is_learnt)
    assert seen == {True, False}


def test_muon_turns_any_direction_into_one_of_even_strength() -> None:
    torch.manual_seed(1)
    for shape in ((3, 8, 8), (2, 8, 20), (2, 20, 8)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert values.min() > 0.3
        assert values.max() < 1.4


def test_muon_goes_downhill() -> None:
    torch.manual_seed(1)
    wanted = torch.randn(6, 9)
    weight = torch.nn.Parameter(torch.zeros(6, 9))
    optimizer = Muon([weight], lr=0.1)
    losses = []
    for _ in range(60):
        loss = (weight - wanted).square().mean()
        losses.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0] / 10


def test_rate_warms_up_stays_and_goes_down_only_in_the_decay() -> None:
    recipe = Recipe.read(RECIPE).training
    stable = Stage("stable", 0, 1000, is_decay=False)
    assert stable.rate_factor(recipe, 0, 0) == pytest.approx(1 / recipe.warmup_steps)
    assert stable.rate_factor(recipe, 10_000, 999) == 1
    decay = Stage("decay", 1000, 2000, is_decay=True)
    factors = [decay.rate_factor(recipe, 0, tokens) for tokens in (1000, 1500, 1900, 2000)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert 0 < factors[-1] < 0.1


def test_words_ask_for_nothing_where_no_style_is_known(shards: Path) -> None:
    assert Words.read(shards).request(0, Random(1)) == []


def prose(shards: Path, mixture: Mixture) -> ProseBatches:
    return ProseBatches(shards, "train", 40, 4, 1, mixture)


def pairs(shards: Path, like_share: float) -> PairBatches:
    return PairBatches(shards, "train", 120, 1, like_share=like_share)
