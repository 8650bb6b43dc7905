"""The bundled model itself: it loads whole, keeps its promises, and steering does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter
from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.events import Finished, Inspected
from tinymorph.schema.feature import FeatureCard
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import InspectionRequest, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.schema.suggestion import Flaw, Suggestion
from tinymorph.settings.paths import resource
from tinymorph.text.files import open_text
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraphs import paragraph_at

MEGABYTE = 1_000_000
UNUSABLE = {Flaw.EMPTY, Flaw.ECHO, Flaw.LOOP}


@pytest.fixture(scope="module")
def bundle() -> Path:
    return resource("assets/bundle")


@pytest.fixture(scope="module")
def engine(bundle: Path) -> Rewriter:
    return load_engine(bundle)


@pytest.fixture(scope="module")
def drawn(bundle: Path) -> tuple[FeatureCard, ...]:
    catalogue = FeatureCatalogue.open(bundle / "catalogue.sqlite")
    cards = catalogue.sample(10, seed=77)
    catalogue.close()
    return cards


@pytest.fixture(scope="module")
def paragraph() -> str:
    return paragraph_at(read_markdown(open_text(resource("assets/samples/letter.md")).text), 2)


def rewrites(engine: Rewriter, text: str, plan: SteeringPlan) -> tuple[Suggestion, ...]:
    request = SuggestionRequest(
        request_id="r",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=text),
        span=Span(start=0, end=len(text)),
        plan=plan,
        alternatives=1,
        with_twin=True,
    )
    *_, finished = engine.run(request)
    assert isinstance(finished, Finished)
    return finished.suggestions


def test_bundle_is_small_enough_to_travel_with_the_program(bundle: Path) -> None:
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    assert size < 40 * MEGABYTE


def test_bundle_brings_every_part_it_needs(engine: Rewriter) -> None:
    assert len(engine.info.tasks) == 9
    assert len(engine.info.saes) >= 2
    assert all(sae.is_calibrated for sae in engine.info.saes)


def test_every_feature_that_was_ever_active_has_a_label(bundle: Path, engine: Rewriter) -> None:
    catalogue = FeatureCatalogue.open(bundle / "catalogue.sqlite")
    cards = catalogue.search("", limit=100_000)
    catalogue.close()
    assert len(cards) > 500
    assert all(card.label for card in cards)
    assert {card.ref.sae_id for card in cards} == {sae.sae_id for sae in engine.info.saes}


def test_saes_describe_ordinary_prose(engine: Rewriter, paragraph: str) -> None:
    request = InspectionRequest(
        request_id="i",
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=paragraph),
        span=Span(start=0, end=len(paragraph)),
    )
    *_, inspected = engine.run(request)
    assert isinstance(inspected, Inspected)
    for layer in inspected.reading.layers:
        assert layer.explained_variance > 0.5
        assert 10 < layer.l0 < 100
    assert len(inspected.reading.top) == request.top


def test_coefficient_zero_writes_the_twin(
    engine: Rewriter, paragraph: str, drawn: tuple[FeatureCard, ...]
) -> None:
    plan = SteeringPlan(terms=(SteeringTerm(ref=drawn[0].ref, coefficient=0),))
    assert (
        rewrites(engine, paragraph, plan)[0].text
        == rewrites(engine, paragraph, SteeringPlan())[0].text
    )


@pytest.mark.timeout(300)
def test_steered_text_carries_more_of_the_feature_than_its_twin(
    engine: Rewriter, paragraph: str, drawn: tuple[FeatureCard, ...]
) -> None:
    carried: list[str] = []
    for card in drawn:
        plan = SteeringPlan(terms=(SteeringTerm(ref=card.ref, coefficient=1.0),))
        found = rewrites(engine, paragraph, plan)[0]
        change = found.features[0]
        assert change.twin is not None
        assert found.text != found.twin
        if found.flaw not in UNUSABLE and change.after > change.twin:
            carried.append(str(card.ref))
    assert len(carried) >= 8, carried
