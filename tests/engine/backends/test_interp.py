"""interp-engine: what it steers is exact, what it cannot it refuses, and nobody meets it unasked."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from engine.backends.conftest import load_interp_engine
from engine.backends.test_contexts import EVERY, TOLERANCE, cold, some_ids
from engine.backends.test_words import prompt_of
from helpers.generation import edit_of, written
from helpers.tiny_bundle import make_tiny_bundle
from tinymorph.engine.backends.base import Backend
from tinymorph.engine.backends.choice import chosen_backend, load_backend
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.backends.interp import InterpBackend, InterpServer
from tinymorph.engine.backends.interp_load import checked_backend
from tinymorph.engine.generate import Row
from tinymorph.engine.loader import load_engine
from tinymorph.engine.sae import Sae
from tinymorph.errors import BundleError, FeatureError, UnableError
from tinymorph.schema.events import Finished
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm

interp_engine = pytest.importorskip(
    "interp_engine", reason='interp needs: pip install "tinymorph[server]"'
)
DEPTH = 2
REF, OTHER = (FeatureRef(sae_id="1", feature_index=index) for index in (4, 9))
EXACT = frozenset({SteeringMode.ADD, SteeringMode.ORTHOGONAL, SteeringMode.PROJECTION_CAP})


def term(mode: SteeringMode = SteeringMode.ADD, **more: Any) -> SteeringTerm:
    return SteeringTerm.model_validate({"ref": REF, "mode": mode, "coefficient": 0.5} | more)


ADD = SteeringPlan(terms=(term(),))
PLANS = (
    SteeringPlan(),
    ADD,
    SteeringPlan(terms=(term(), term(ref=OTHER, coefficient=1.0)), where="all"),
    SteeringPlan(terms=(term(SteeringMode.ORTHOGONAL),)),
    SteeringPlan(terms=(term(SteeringMode.PROJECTION_CAP), term(ref=OTHER)), where="all"),
    SteeringPlan(terms=(term(coefficient=-0.5),), where="prompt"),
)


@pytest.fixture(scope="module")
def interp(llama_folder: Path) -> Iterator[InterpBackend]:
    backend = load_interp_engine(llama_folder)
    assert isinstance(backend, InterpBackend)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def saes(planted_sae: Sae) -> dict[str, Sae]:
    return {"1": planted_sae}


def rows_of(plans: Sequence[SteeringPlan], temperature: float = 0.8) -> list[Row]:
    return [
        Row(plan, seed, Sampling(temperature=temperature, feature_weight=0, max_new_tokens=10))
        for seed, plan in enumerate(plans)
    ]


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_every_plan_that_it_takes_writes_the_words_of_the_reference(
    interp: Backend, reference: Backend, saes: dict[str, Sae], temperature: float
) -> None:
    rows, prompt = rows_of(PLANS, temperature), prompt_of(some_ids(1, 20), drafts=False)
    together = written(interp, saes, prompt, rows)
    assert together == [written(reference, saes, prompt, [row])[0] for row in rows]
    assert together == written(interp, saes, prompt_of(some_ids(1, 20), drafts=True), rows)
    assert len({tuple(words) for words in together}) > 1


@pytest.mark.parametrize("mode", sorted(EXACT))
@pytest.mark.parametrize("length", [0.5, 3.0])
def test_a_term_beside_another_does_what_the_reference_does_along_rows_of_any_length(
    interp: Backend, reference: Backend, planted_sae: Sae, mode: SteeringMode, length: float
) -> None:
    sae = replace(planted_sae, W_dec=planted_sae.W_dec * length)
    ids, plan = some_ids(2, 24), SteeringPlan(terms=(term(), term(mode, coefficient=0.1)))
    edit = edit_of([plan], {"1": sae}, ids, 6)
    mine, other = (
        backend.begin(1).extend([ids], edit=edit, reads=[DEPTH]).streams[DEPTH]
        for backend in (interp, reference)
    )
    assert torch.allclose(mine, other, atol=TOLERANCE)


def test_words_that_are_chosen_for_their_features_are_those_of_the_reference(
    interp: Backend, reference: Backend, saes: dict[str, Sae]
) -> None:
    sampling = Sampling(feature_weight=1, max_new_tokens=6)
    rows = [Row(plan, seed, sampling) for seed, plan in enumerate((ADD, SteeringPlan()))]
    ids = some_ids(3, 12)
    assert written(interp, saes, ids, rows) == written(reference, saes, ids, rows)


def test_what_was_steered_stays_so_while_rows_fork_shrink_and_leave(
    interp: Backend, reference: Backend, saes: dict[str, Sae]
) -> None:
    ids, found = some_ids(4, 12), []
    for backend in (interp, reference):
        first = backend.begin(1)
        first.extend([ids[:6]])
        edit = edit_of(PLANS[:3], saes, ids, 6)
        context = first.fork(3)
        context.extend([ids[6:9], ids[6:8], ids[6:10]], edit=edit)
        context.crop([7, 8, 9])
        context.extend([ids[7:9], ids[8:9], ids[9:10]], edit=edit, reads=EVERY)
        context.select([2, 1])
        candidates = torch.tensor([[5, 6], [7, 8]])
        tried = context.try_next(candidates, (3,))[3]
        context.take_tried([1, 0])
        passed = context.extend([[9], [9]], edit=edit.select([2, 1]), reads=EVERY)
        assert context.lengths == (12, 11)
        found.append([tried, passed.logits, *(passed.streams[depth] for depth in EVERY)])
    for mine, other in zip(*found, strict=True):
        assert torch.allclose(mine, other, atol=TOLERANCE)


def test_a_row_has_the_same_numbers_to_the_last_bit_alone_and_in_company(
    interp: Backend, saes: dict[str, Sae]
) -> None:
    ids, plans = some_ids(5, 15), PLANS[:4]
    together = interp.begin(4).extend([ids] * 4, edit=edit_of(plans, saes, ids, 8), reads=[3])
    for row, plan in enumerate(plans):
        alone = interp.begin(1).extend([ids], edit=edit_of([plan], saes, ids, 8), reads=[3])
        assert torch.equal(together.logits[row], alone.logits[0])
        assert torch.equal(together.streams[3].view(4, 15, -1)[row], alone.streams[3])


@pytest.mark.parametrize("mode", list(SteeringMode))
def test_it_refuses_the_modes_that_read_a_feature_by_name_and_no_others(
    interp: Backend, saes: dict[str, Sae], mode: SteeringMode
) -> None:
    edit = edit_of([SteeringPlan(terms=(term(mode),))], saes, some_ids(6, 9), 3)
    context = interp.begin(1)
    if mode in EXACT:
        context.extend([some_ids(6, 9)], edit=edit)
        return
    with pytest.raises(UnableError, match=f'cannot steer exactly by the mode "{mode.value}"'):
        context.extend([some_ids(6, 9)], edit=edit)
    assert context.lengths == (0,)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ((term(decay=0.9),), "a term that decays"),
        ((term(condition=Condition(ref=OTHER)),), "a term with a condition"),
        ((term(SteeringMode.ORTHOGONAL), term(SteeringMode.ORTHOGONAL, ref=OTHER)), "two terms"),
    ],
    ids=["decay", "condition", "two that read"],
)
def test_it_refuses_what_its_operations_cannot_say(
    interp: Backend, saes: dict[str, Sae], terms: tuple[SteeringTerm, ...], said: str
) -> None:
    edit = edit_of([SteeringPlan(terms=terms)], saes, some_ids(6, 9), 3)
    with pytest.raises(UnableError, match=said):
        interp.begin(1).extend([some_ids(6, 9)], edit=edit)


def test_a_text_is_steered_in_one_way_and_a_second_is_refused_until_it_is_forgotten(
    interp: Backend, saes: dict[str, Sae]
) -> None:
    ids = some_ids(7, 12)
    first, second = (edit_of([plan], saes, ids, 4) for plan in (ADD, PLANS[3]))
    context = interp.begin(1)
    context.extend([ids[:8]], edit=first)
    context.extend([ids[8:9]], edit=edit_of([ADD], saes, ids, 4))
    with pytest.raises(UnableError, match="in one way"):
        context.extend([ids[9:]], edit=second)
    assert context.lengths == (9,)
    context.crop([4])
    context.extend([ids[4:]], edit=second)


def test_numbers_out_of_all_range_are_an_error_of_the_plan(
    interp: Backend, saes: dict[str, Sae]
) -> None:
    vast = SteeringPlan(terms=(term(coefficient=1e38), term(ref=OTHER, coefficient=1e38)))
    with pytest.raises(FeatureError, match="leave their range"):
        interp.begin(1).extend([some_ids(8, 9)], edit=edit_of([vast], saes, some_ids(8, 9), 3))


def test_the_unembedding_is_that_of_the_reference(interp: Backend, reference: Backend) -> None:
    for mine, other in zip(interp.unembedding(), reference.unembedding(), strict=True):
        assert torch.equal(mine, other)
    assert interp.shape == reference.shape


def test_a_model_of_another_family_is_read_and_steered_as_by_the_reference(
    tmp_path: Path, saes: dict[str, Sae]
) -> None:
    torch.manual_seed(4)
    config = GPT2Config(
        n_embd=32, n_layer=3, n_head=4, n_positions=64, vocab_size=97, bos_token_id=1,
        eos_token_id=2, pad_token_id=0, initializer_range=0.4,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    reference = HookedBackend(GPT2LMHeadModel.from_pretrained(tmp_path).eval())
    backend = load_interp_engine(tmp_path)
    ids = some_ids(9, 30)
    passed = backend.begin(1).extend([ids], reads=EVERY)
    logits, streams = cold(reference, ids)
    assert torch.allclose(passed.logits[0], logits, atol=TOLERANCE)
    for depth in EVERY:
        assert torch.allclose(passed.streams[depth], streams[depth], atol=TOLERANCE)
    rows = rows_of(PLANS)
    assert written(backend, saes, ids, rows) == written(reference, saes, ids, rows)
    backend.close()


class Served(interp_engine.InterpModel):
    """A model that is not in this process, for all that interp-engine can tell.

    Its requests overlap, and the steering of each travels with it, as on the vLLM backends.
    """

    def __init__(self, eager: Any, spares: int | None = None) -> None:
        self.hf_model_id = "served"
        self._eager, self._spares = eager, spares
        self.overlap = self._running = 0

    def refuses(self, point: Any, layer: int | None = None) -> str | None:
        return self._eager.refuses(point, layer)

    async def capture(self, prompt_token_ids: Any, points: Any, **named: Any) -> Any:
        steer = importlib.import_module("interp_engine.steer")  # the name is also a function
        asked = steer.active_steering(self)
        self._running += 1
        await asyncio.sleep(0)
        self.overlap = max(self.overlap, self._running)
        self._running -= 1
        steered = nullcontext()
        if asked is not None:
            spared = asked.position_mask if self._spares is None else [self._spares]
            steered = interp_engine.steer(self._eager, list(asked.specs), position_mask=spared)
        with steered:
            return await self._eager.capture(prompt_token_ids, points, **named)

    async def decode_residuals(self, residuals: Any, *, detach: bool = True) -> Any:
        return await self._eager.decode_residuals(residuals, detach=detach)

    async def shutdown(self) -> None:
        """The other one's model is still used."""


def test_requests_that_overlap_at_a_server_keep_each_their_own_steering(
    interp: InterpBackend, reference: Backend, saes: dict[str, Sae]
) -> None:
    served = Served(interp.server.model)
    backend = checked_backend(InterpServer(interp_engine, served), interp.shape)
    rows, ids = rows_of(PLANS), some_ids(10, 16)
    assert written(backend, saes, ids, rows) == written(reference, saes, ids, rows)
    assert served.overlap >= len(rows)
    with pytest.raises(UnableError, match="final norm"):
        backend.unembedding()
    backend.close()


def test_a_server_that_steers_other_tokens_than_it_was_told_is_refused(
    interp: InterpBackend,
) -> None:
    server = InterpServer(interp_engine, Served(interp.server.model, spares=0))
    with pytest.raises(UnableError, match="does not steer this model as it says") as caught:
        checked_backend(server, interp.shape)
    assert caught.value.detail.startswith("resid_pre.0 is off by")


def test_a_refusal_of_the_server_is_told_in_a_sentence(interp: InterpBackend) -> None:
    class Bare(Served):
        async def capture(self, prompt_token_ids: Any, points: Any, **named: Any) -> NoReturn:
            raise interp_engine.CapabilityUnsupported("no hooks here")

    with pytest.raises(UnableError) as caught:
        checked_backend(InterpServer(interp_engine, Bare(interp.server.model)), interp.shape)
    assert caught.value.detail == "no hooks here"


def test_it_is_taken_only_when_asked_for_and_says_what_it_lacks(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen_backend(llama_folder, "auto") != "interp"
    assert chosen_backend(llama_folder, "interp") == "interp"
    monkeypatch.setitem(sys.modules, "interp_engine", None)
    with pytest.raises(UnableError, match="not installed") as caught:
        chosen_backend(llama_folder, "interp")
    assert caught.value.hint == 'Install it with: pip install "tinymorph[server]"'


def test_the_other_backends_never_import_it() -> None:
    code = (
        "import sys, tinymorph.engine.loader, tinymorph.engine.backends.hooked, "
        "tinymorph.engine.backends.lean; sys.exit('interp_engine' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_whole_request_is_answered_without_the_network_as_the_reference_answers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny")
    monkeypatch.setattr(socket.socket, "connect", refuse_network)
    text = "A gull stood on the wall."
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=1, text=text),
        span=Span(start=0, end=len(text)),
        task="paraphrase",
        alternatives=2,
        with_twin=True,
        plan=SteeringPlan(terms=(term(ref=FeatureRef(sae_id="1", feature_index=3)),)),
        sampling=Sampling(feature_weight=0, max_new_tokens=8),
    )
    texts: list[list[str]] = []
    for backend in ("interp", "transformers"):
        engine = load_engine(folder, backend=backend)
        *_, last = engine.run(request)
        assert isinstance(last, Finished)
        texts.append([found.text for found in last.suggestions])
        assert engine.info.backend == ("interp-engine" if backend == "interp" else backend)
        engine.close()
    assert texts[0] == texts[1]


def refuse_network(*_: object) -> NoReturn:
    raise AssertionError("the network was asked")


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = make_tiny_bundle(tmp_path / "tiny") / "model"
    shutil.copy(folder / "config.json", folder / "model.safetensors")
    with pytest.raises(BundleError, match="cannot be read"):
        load_backend(folder, "interp")
