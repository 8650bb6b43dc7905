"""The engine on a GPU, as far as that shows without one: see `helpers.pretend_device`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.test_rewriter import ask, finish
from helpers import pretend_device
from helpers.tiny_bundle import TEXT
from tinymorph.engine import devices, index, loader
from tinymorph.engine.backends.choice import load_backend
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.devices import CPU, Seat, seats_for
from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import MemoryShortError, UnableError
from tinymorph.schema.events import DeviceChoice
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import InspectionRequest, Sampling
from tinymorph.schema.span import Span
from tinymorph.schema.steering import Condition, SteeringMode, SteeringPlan, SteeringTerm

LOW, HIGH = FeatureRef(sae_id="0", feature_index=3), FeatureRef(sae_id="1", feature_index=7)
PLANS = {
    "empty": SteeringPlan(),
    "add": SteeringPlan(terms=(SteeringTerm(ref=HIGH), SteeringTerm(ref=LOW, coefficient=0.5))),
    "hold": SteeringPlan(
        terms=(SteeringTerm(ref=HIGH, mode=SteeringMode.CLAMP, decay=0.9),), where="all"
    ),
    "condition": SteeringPlan(
        terms=(SteeringTerm(ref=HIGH, condition=Condition(ref=LOW)),), where="all"
    ),
    "cap": SteeringPlan(terms=(SteeringTerm(ref=LOW, mode=SteeringMode.PROJECTION_CAP),)),
    "ablate": SteeringPlan(terms=(SteeringTerm(ref=HIGH, mode=SteeringMode.ABLATE),)),
}


@pytest.fixture
def there(tiny_folder: Path) -> Iterator[Rewriter]:
    """The tiny engine with its model and SAEs on the device that is not there."""
    here = load_engine(tiny_folder, backend="transformers", device="cpu")
    assert isinstance(here.backend, HookedBackend)
    with pretend_device.pretended():
        backend = HookedBackend(pretend_device.moved(here.backend.model))
        saes = {sae_id: sae.to(backend.device) for sae_id, sae in here.saes.items()}
        assert backend.device.type == pretend_device.NAME
        yield Rewriter(backend, here.tokenizer, saes, here.info)


def test_tensors_of_two_devices_do_not_mix() -> None:
    with pretend_device.pretended():
        there = torch.ones(2, device=pretend_device.NAME)
        with pytest.raises(RuntimeError, match="two devices"):
            _ = there + torch.ones(2)
        with pytest.raises(RuntimeError, match="two devices"):
            _ = torch.ones(3)[there.long()]
        assert (there + 1).cpu().tolist() == [2, 2]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("weight", [0, 5])
def test_a_device_writes_the_words_of_the_cpu(
    tiny_engine: Rewriter, there: Rewriter, name: str, weight: float
) -> None:
    sampling = Sampling(max_new_tokens=8, feature_weight=weight)
    request = ask(plan=PLANS[name], with_twin=True, sampling=sampling)
    expected, found = finish(tiny_engine, request), finish(there, request)
    assert [s.text for s in found.suggestions] == [s.text for s in expected.suggestions]
    for mine, theirs in zip(found.suggestions, expected.suggestions, strict=True):
        assert [change.ref for change in mine.features] == [c.ref for c in theirs.features]


def test_a_device_reads_the_features_that_the_cpu_reads(
    tiny_engine: Rewriter, there: Rewriter
) -> None:
    snapshot = ParagraphSnapshot(paragraph_id="p", revision=1, text=TEXT)
    span = Span(start=0, end=len(TEXT))
    request = InspectionRequest(request_id="r", paragraph=snapshot, span=span)
    expected, found = finish(tiny_engine, request).reading, finish(there, request).reading
    assert [seen.ref for seen in found.top] == [seen.ref for seen in expected.top]
    assert found.layers[0].explained_variance == pytest.approx(
        expected.layers[0].explained_variance, abs=1e-4
    )


def test_features_are_measured_and_described_on_a_device(
    tiny_engine: Rewriter, there: Rewriter
) -> None:
    def measured(engine: Rewriter) -> list[Any]:
        batches = index.batches_of(engine.tokenizer, [TEXT], engine.info.n_ctx)
        sae = engine.saes["1"]
        stats = index.measure_features(engine.backend, sae, batches)
        return list(index.describe_features(engine.backend, engine.tokenizer, sae, stats, batches))

    expected, found = measured(tiny_engine), measured(there)
    assert [card.top_logits for card in found] == [card.top_logits for card in expected]
    assert [card.max_activation for card in found] == pytest.approx(
        [card.max_activation for card in expected], abs=1e-4
    )


def test_half_precision_is_told_and_can_be_steered(tiny_folder: Path) -> None:
    here = load_engine(tiny_folder, backend="transformers", device="cpu")
    half = load_backend(tiny_folder / "model", "transformers", Seat(CPU.device, torch.bfloat16))
    engine = Rewriter(half, here.tokenizer, here.saes, here.info)
    assert (here.info.precision, half.precision) == ("fp32", "bf16")
    steered, plain = (
        finish(engine, ask(plan=PLANS[name], sampling=Sampling(max_new_tokens=12))).suggestions
        for name in ("hold", "empty")
    )
    assert [s.text for s in steered] != [s.text for s in plain]


@pytest.mark.parametrize(
    ("wanted", "at_hand", "expected"),
    [
        ("cpu", {"cuda", "mps"}, ["cpu"]),
        ("auto", set[str](), ["cpu"]),
        ("auto", {"cuda"}, ["cuda", "cpu"]),
        ("auto", {"mps"}, ["mps", "cpu"]),
        ("mps", {"mps"}, ["mps"]),
    ],
)
def test_a_model_of_transformers_goes_to_a_gpu_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, wanted: DeviceChoice, at_hand: set[str], expected: list[str]
) -> None:
    monkeypatch.setattr(devices, "is_at_hand", at_hand.__contains__)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    seats = seats_for(wanted, "transformers")
    assert [seat.device.type for seat in seats] == expected
    dtypes = {"cpu": torch.float32, "cuda": torch.bfloat16, "mps": torch.bfloat16}
    assert all(seat.dtype is dtypes[seat.device.type] for seat in seats)


def test_an_old_gpu_computes_in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "is_at_hand", "cuda".__eq__)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    assert seats_for("cuda", "transformers")[0].dtype is torch.float32


def test_the_lean_backend_stays_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "is_at_hand", "cuda".__eq__)
    assert seats_for("auto", "lean") == (CPU,)
    with pytest.raises(UnableError, match="lean backend computes on the CPU only"):
        seats_for("cuda", "lean")


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnableError, match="finds no device mps"):
        seats_for("mps", "transformers")


def test_what_does_not_fit_a_gpu_goes_to_the_cpu(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Seat(torch.device("cuda"), torch.bfloat16)
    monkeypatch.setattr(Seat, "free_bytes", property(lambda seat: 0 if seat == full else 2**40))
    monkeypatch.setattr(loader, "seats_for", lambda *_: (full, CPU))
    assert load_engine(tiny_folder, backend="transformers").info.device == "cpu"
    monkeypatch.setattr(loader, "seats_for", lambda *_: (full,))
    with pytest.raises(MemoryShortError):
        load_engine(tiny_folder, backend="transformers", device="cuda")
