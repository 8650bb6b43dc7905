"""Our reader of plain tokenizers says what transformers' says, and what it cannot read it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tinymorph.engine.tokenizer import PlainTokenizer, can_be_plain
from tinymorph.errors import BundleError
from tinymorph.settings.paths import resource

WORDS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["the rain", "<|bos|>", "<|target|>", "  ", "na\u00efve", "\u65e5\u672c", "\n"]
        ),
        max_size=8,
    ).map("".join),
)


@pytest.fixture(scope="module")
def folder() -> Path:
    return resource("assets/bundle") / "model"


@pytest.fixture(scope="module")
def both(folder: Path) -> tuple[PlainTokenizer, Any]:
    return PlainTokenizer(folder), AutoTokenizer.from_pretrained(folder)


@settings(deadline=None)
@given(text=WORDS, is_split=st.booleans(), has_special=st.booleans())
def test_texts_become_the_same_tokens_with_the_same_offsets(
    both: tuple[PlainTokenizer, Any], text: str, is_split: bool, has_special: bool
) -> None:
    ours, theirs = (
        tokenizer(
            text,
            add_special_tokens=has_special,
            return_offsets_mapping=True,
            split_special_tokens=is_split,
        )
        for tokenizer in both
    )
    assert ours["input_ids"] == theirs["input_ids"]
    assert ours["offset_mapping"] == theirs["offset_mapping"]
    ids = ours["input_ids"]
    for skips in (True, False):
        assert both[0].decode(ids, skip_special_tokens=skips) == both[1].decode(
            ids, skip_special_tokens=skips
        )


def test_special_tokens_and_vocabulary_are_the_same(both: tuple[PlainTokenizer, Any]) -> None:
    ours, theirs = both
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.get_vocab() == theirs.get_vocab()
    assert len(ours) == len(theirs)
    assert ours.convert_tokens_to_ids("<|target|>") == theirs.convert_tokens_to_ids("<|target|>")


def test_a_tokenizer_with_a_chat_template_is_left_to_transformers(
    folder: Path, tmp_path: Path
) -> None:
    assert can_be_plain(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert can_be_plain(tmp_path)
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    assert not can_be_plain(tmp_path)


def test_a_damaged_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(BundleError, match="tokenizer in"):
        PlainTokenizer(tmp_path)
