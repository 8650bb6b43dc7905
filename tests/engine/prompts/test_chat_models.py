"""Small random Qwen3 and Gemma 3 models rewrite through their chat templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from helpers.chat_tokenizers import TEXT, gemma3_tokenizer, qwen3_tokenizer
from helpers.tiny_bundle import D_MODEL, write_tiny_sae
from tinymorph.engine.cache import Prefix, PrefixCache
from tinymorph.engine.loader import load_engine
from tinymorph.engine.prompt import REWRITING_TASKS
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import BadInputError
from tinymorph.schema.events import Finished
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm

_SHAPE = {
    "hidden_size": D_MODEL,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 1024,
    "initializer_range": 0.3,
    "bos_token_id": None,
    "pad_token_id": 0,
}


@pytest.fixture(scope="module", params=["qwen3", "gemma3"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rewriter:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    tokenizer: Any = qwen3_tokenizer() if request.param == "qwen3" else gemma3_tokenizer()
    shape: dict[str, Any] = {
        **_SHAPE,
        "vocab_size": len(tokenizer),
        "eos_token_id": tokenizer.eos_token_id,
    }
    if request.param == "qwen3":
        Qwen3ForCausalLM(Qwen3Config(**shape)).save_pretrained(folder / "model")
    else:
        Gemma3ForCausalLM(Gemma3TextConfig(**shape, sliding_window=512)).save_pretrained(
            folder / "model"
        )
    tokenizer.save_pretrained(folder / "model")
    write_tiny_sae(folder / "saes" / "1", 1)
    return load_engine(folder)


def _answer(engine: Rewriter, **changes: Any) -> Finished:
    text = f"Once. {TEXT} At last."
    values: dict[str, Any] = {
        "request_id": "r",
        "paragraph": ParagraphSnapshot(paragraph_id="p", revision=0, text=text),
        "span": Span(start=6, end=6 + len(TEXT)),
        "alternatives": 2,
        "sampling": Sampling(max_new_tokens=8),
    }
    *_, last = engine.run(SuggestionRequest(**(values | changes)))
    assert isinstance(last, Finished)
    return last


def test_chat_model_offers_every_task_and_answers(engine: Rewriter) -> None:
    assert set(engine.info.tasks) == set(REWRITING_TASKS)
    assert len(_answer(engine, task="simplify").suggestions) == 2


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"instruction": "Make it a yarn."}, "Make it a yarn."),
        ({"like": ("archaic",)}, "archaic"),
        ({"before": "It was a cold year."}, "It was a cold year."),
        ({"form": "list_item"}, "list"),
    ],
)
def test_what_is_wished_for_reaches_the_model(
    engine: Rewriter, monkeypatch: pytest.MonkeyPatch, wish: dict[str, Any], words: str
) -> None:
    read: list[str] = []
    whole = PrefixCache.read

    def spy(self: PrefixCache, token_ids: Sequence[int]) -> Iterator[Prefix | None]:
        read.append(engine.tokenizer.decode(list(token_ids)))
        return whole(self, token_ids)

    monkeypatch.setattr(PrefixCache, "read", spy)
    _answer(engine)
    assert words not in read[-1]
    _answer(engine, **wish)
    assert words in read[-1]
    assert TEXT in read[-1]


def test_steering_the_prompt_acts_on_the_passage(engine: Rewriter) -> None:
    term = SteeringTerm(ref=FeatureRef(sae_id="1", feature_index=3), coefficient=20)
    plan = SteeringPlan(terms=(term,), where="prompt")
    found = _answer(engine, plan=plan, with_twin=True).suggestions[0]
    assert found.text != found.twin


def test_unknown_task_is_refused(engine: Rewriter) -> None:
    with pytest.raises(BadInputError, match="not taught to continue"):
        _answer(engine, task="continue")
