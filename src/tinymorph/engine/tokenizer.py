"""The tokenizer of a plain model, read without transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from tinymorph.errors import BundleError


class PlainTokenizer:
    """The part of a transformers tokenizer that the engine uses, in the same words.

    Exact for a `tokenizer.json` without a chat template; others need transformers.
    """

    chat_template = None

    def __init__(self, folder: Path) -> None:
        try:
            self.backend_tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            said = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        except Exception as error:  # the library raises Exception itself
            raise BundleError(
                f"The tokenizer in {folder} cannot be read.", detail=str(error)
            ) from error
        self.init_kwargs: dict[str, Any] = said
        self.bos_token_id = self._special("bos_token")
        self.eos_token_id = self._special("eos_token")
        self.pad_token_id = self._special("pad_token")

    def __call__(
        self,
        text: str,
        *,
        add_special_tokens: bool = True,
        return_offsets_mapping: bool = False,
        split_special_tokens: bool = False,
    ) -> dict[str, list[Any]]:
        """Tokenize; with `split_special_tokens` what looks like a control token is plain text."""
        self.backend_tokenizer.encode_special_tokens = split_special_tokens
        coded = self.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens)
        found: dict[str, list[Any]] = {"input_ids": coded.ids}
        return found | {"offset_mapping": coded.offsets} if return_offsets_mapping else found

    def __len__(self) -> int:
        """Return the size of the vocabulary, special tokens included."""
        return self.backend_tokenizer.get_vocab_size()

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        return self.backend_tokenizer.get_vocab()

    def get_vocab(self) -> dict[str, int]:
        """Return the vocabulary."""
        return self._vocabulary

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """Return the id of a token; None if there is no such token."""
        return self.backend_tokenizer.token_to_id(token)

    def decode(self, token_ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        """Return the text of some tokens."""
        return self.backend_tokenizer.decode(
            list(token_ids), skip_special_tokens=skip_special_tokens
        )

    def _special(self, name: str) -> int | None:
        token = self.init_kwargs.get(name)
        content = token.get("content") if isinstance(token, dict) else token
        return None if content is None else self.convert_tokens_to_ids(str(content))


def can_be_plain(folder: Path) -> bool:
    """Say whether a folder's tokenizer can be read without transformers."""
    said = folder / "tokenizer_config.json"
    if not (folder / "tokenizer.json").exists() or not said.exists():
        return False
    has_template = "chat_template" in said.read_text(encoding="utf-8")
    return not has_template and not (folder / "chat_template.jinja").exists()
