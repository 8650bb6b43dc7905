"""Every backend, whatever is done to its cache, gives what a cold run of the reference gives."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from tinymorph.engine.backends.base import Backend, Context, StreamEdit, Tokens
from tinymorph.engine.backends.lean import LeanBackend
from tinymorph.engine.backends.lean_weights import read_lean_weights

EVERY = range(4)
TOLERANCE = 1e-4


def some_ids(seed: int, count: int) -> list[int]:
    return [random.Random(f"{seed}/{at}").randrange(3, 97) for at in range(count)]


def cold(reference: Backend, ids: list[int]) -> tuple[Tensor, dict[int, Tensor]]:
    """Return the last logits and every stream of a text, read at once."""
    passed = reference.begin(1).extend([ids], reads=EVERY)
    return passed.logits[0], dict(passed.streams)


class AddAt(StreamEdit):
    """Add a vector from a position on, in some rows."""

    def __init__(self, depth: int, vector: Tensor, start: int, rows: tuple[int, ...]) -> None:
        self.depths = frozenset({depth})
        self._vector, self._start, self._rows = vector, start, torch.tensor(rows)

    def changed(self, depth: int, stream: Tensor, tokens: Tokens) -> Tensor:
        acts = (tokens.positions >= self._start) & torch.isin(tokens.rows, self._rows)
        return stream + acts[:, None] * self._vector


def test_streams_and_logits_are_those_of_the_reference_at_every_depth(
    backend: Backend, reference: Backend
) -> None:
    ids = some_ids(0, 40)
    passed = backend.begin(1).extend([ids], reads=EVERY, logits="all")
    expected = reference.begin(1).extend([ids], reads=EVERY, logits="all")
    assert torch.allclose(passed.logits, expected.logits, atol=TOLERANCE)
    for depth in EVERY:
        assert torch.allclose(passed.streams[depth], expected.streams[depth], atol=TOLERANCE)


def test_texts_of_different_lengths_are_read_as_if_alone(
    backend: Backend, reference: Backend
) -> None:
    texts = [some_ids(seed, count) for seed, count in enumerate((5, 31, 1, 17))]
    for ids, streams in zip(texts, backend.read(texts, (0, 2, 3)), strict=True):
        _, expected = cold(reference, ids)
        assert set(streams) == {0, 2, 3}
        for depth, stream in streams.items():
            assert torch.allclose(stream, expected[depth], atol=TOLERANCE)


def test_a_context_of_some_layers_reads_what_a_whole_one_does(
    backend: Backend, reference: Backend
) -> None:
    ids = some_ids(4, 12)
    shallow = backend.begin(1, depth=2)
    shallow.extend([ids[:7]], logits="none")
    streams = shallow.extend([ids[7:]], reads=(1, 2), logits="none").streams
    _, expected = cold(reference, ids)
    for depth in (1, 2):
        assert torch.allclose(streams[depth], expected[depth][7:], atol=TOLERANCE)


def test_candidates_are_read_as_the_last_token_of_their_own_text(
    backend: Backend, reference: Backend
) -> None:
    texts = [some_ids(seed, 9) for seed in range(3)]
    candidates = torch.tensor([some_ids(20 + seed, 6) for seed in range(3)])
    context = backend.begin(3)
    context.extend(texts, logits="none")
    streams = context.try_next(candidates, (1, 3))
    for row, text in enumerate(texts):
        for place, candidate in enumerate(candidates[row].tolist()):
            _, expected = cold(reference, [*text, candidate])
            for depth in (1, 3):
                found = streams[depth][row, place]
                assert torch.allclose(found, expected[depth][-1], atol=TOLERANCE)
    context.take_tried([5, 0, 2])
    logits = context.extend([[7]] * 3).logits
    for row, choice in enumerate((5, 0, 2)):
        text = [*texts[row], int(candidates[row, choice]), 7]
        assert torch.allclose(logits[row], cold(reference, text)[0], atol=TOLERANCE)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_an_edit_acts_at_its_depth_and_positions_and_rows_alone(
    backend: Backend, reference: Backend, depth: int
) -> None:
    texts = [some_ids(seed, 10) for seed in range(3)]
    vector = torch.linspace(-1, 1, 32)
    edit = AddAt(depth, vector, 6, (0, 2))
    passed = backend.begin(3).extend(texts, edit=edit, reads=EVERY)
    expected = reference.begin(3).extend(texts, edit=edit, reads=EVERY)
    assert torch.allclose(passed.logits, expected.logits, atol=TOLERANCE)
    plain = backend.begin(3).extend(texts, reads=EVERY)
    for at in EVERY:
        moved = (passed.streams[at] != plain.streams[at]).any(-1).view(3, 10)
        touched = torch.zeros_like(moved)
        if at >= depth:
            touched[[0, 2], 6:] = True
        assert torch.equal(moved, touched)
    found = (passed.streams[depth] - plain.streams[depth]).view(3, 10, 32)
    assert torch.allclose(found[0, 6:], vector.expand(4, 32), atol=1e-5)


def test_upper_layers_run_again_from_a_known_stream_as_in_a_cold_run(
    backend: Backend, reference: Backend
) -> None:
    if not backend.abilities.enters_at_depth:
        pytest.skip("this backend runs all its layers")
    ids, edit = some_ids(8, 14), AddAt(2, torch.linspace(0, 2, 32), 3, (0,))
    context = backend.begin(1)
    streams = context.extend([ids], reads=(1,)).streams
    again = context.rerun_above(1, streams[1], edit)
    whole = reference.begin(1)
    expected = whole.extend([ids], edit=edit)
    assert torch.allclose(again.logits, expected.logits, atol=TOLERANCE)
    more, wanted = context.extend([[9]], edit=edit), whole.extend([[9]], edit=edit)
    assert torch.allclose(more.logits, wanted.logits, atol=TOLERANCE)


class Mirror:
    """A context, and beside it the ids that it should hold."""

    def __init__(self, context: Context, rows: int) -> None:
        self.context, self.texts = context, [list[int]() for _ in range(rows)]

    def extend(self, dice: random.Random, *, is_ragged: bool) -> Tensor:
        even = dice.randint(1, 4)
        counts = [dice.randint(1, 4) if is_ragged else even for _ in self.texts]
        more = [[dice.randrange(3, 97) for _ in range(count)] for count in counts]
        self.texts = [text + new for text, new in zip(self.texts, more, strict=True)]
        return self.context.extend(more).logits

    def crop(self, dice: random.Random) -> None:
        lengths = [dice.randint(1, len(text)) for text in self.texts]
        self.texts = [text[:length] for text, length in zip(self.texts, lengths, strict=True)]
        self.context.crop(lengths)

    def select(self, dice: random.Random) -> None:
        rows = sorted(dice.sample(range(len(self.texts)), dice.randint(1, len(self.texts))))
        self.texts = [self.texts[row] for row in rows]
        self.context.select(rows)

    def fork(self, dice: random.Random) -> None:
        if len(self.texts) == 1:
            rows = dice.randint(1, 3)
            old, self.context = self.context, self.context.fork(rows)
            self.texts = [list(self.texts[0]) for _ in range(rows)]
            old.crop([1])
            old.extend([[5]])  # what is done to one is not seen in the other

    def choose(self, dice: random.Random) -> None:
        candidates = torch.tensor([[dice.randrange(3, 97) for _ in range(3)] for _ in self.texts])
        self.context.try_next(candidates, (3,))
        choices = [dice.randrange(3) for _ in self.texts]
        self.context.take_tried(choices)
        for row, choice in enumerate(choices):
            self.texts[row].append(int(candidates[row, choice]))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), steps=st.lists(st.sampled_from(range(5)), max_size=8))
def test_whatever_is_done_to_a_context_it_goes_on_as_a_cold_run_would(
    backend: Backend, reference: Backend, seed: int, steps: list[int]
) -> None:
    dice = random.Random(seed)
    rows = dice.randint(1, 3)
    mirror = Mirror(backend.begin(rows), rows)
    mirror.extend(dice, is_ragged=True)
    for step in steps:
        if step == 0:
            mirror.extend(dice, is_ragged=True)
        elif step == 1:
            mirror.crop(dice)
        elif step == 2:
            mirror.select(dice)
        elif step == 3:
            mirror.fork(dice)
        else:
            mirror.choose(dice)
        assert mirror.context.lengths == tuple(map(len, mirror.texts))
    logits = mirror.extend(dice, is_ragged=False)
    for row, text in enumerate(mirror.texts):
        assert torch.allclose(logits[row], cold(reference, text)[0], atol=TOLERANCE)


def test_memory_that_no_token_has_written_yet_is_never_read_as_garbage(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = LeanBackend(read_lean_weights(llama_folder))
    texts = [some_ids(seed, count) for seed, count in enumerate((3, 11))]
    expected = backend.begin(2).extend(texts).logits

    def spoilt(*shape: int) -> Tensor:
        return torch.full(shape, torch.nan)

    monkeypatch.setattr(torch, "empty", spoilt)
    monkeypatch.setattr(Tensor, "new_empty", lambda _, *shape: spoilt(*shape))
    context = backend.begin(2)
    assert torch.equal(context.extend(texts).logits, expected)
    assert context.extend([[5], [6]]).logits.isfinite().all()
    one = backend.begin(1)
    one.extend([texts[0]])
    both = one.fork(2)
    both.crop([1, 3])
    assert both.extend([[5], [6]]).logits.isfinite().all()
