"""A passage as tokens with the characters of each, and the writer's own quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tinymorph.schema.span import Span

_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\n": " "}
)
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_CURLY = "\u2018\u2019\u201c\u201d"


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A passage with the characters of each token."""

    token_ids: tuple[int, ...]
    """Without BOS."""
    spans: tuple[Span, ...]
    """One per token, without the space it begins with; the pieces of a character that was split
    share its span."""

    def within(self, source: str) -> tuple[Span, ...]:
        """Return the spans in `source`, of which the text is all but the white space around it."""
        return self.moved(len(source) - len(source.lstrip())).spans

    def moved(self, shift: int) -> TokenizedText:
        """Return it with the spans so many characters further on."""
        spans = (Span(start=span.start + shift, end=span.end + shift) for span in self.spans)
        return TokenizedText(self.token_ids, tuple(spans))


def plain(text: str) -> str:
    """Straighten quotes and line breaks, character for character, as the model was taught."""
    return text.translate(_PLAIN)


def in_the_manner_of(text: str, source: str) -> str:
    """Give `text` the quotes of the source: curly ones, or straight ones, or its own if none."""
    if not any(quote in source for quote in _CURLY):
        return text.translate(_STRAIGHT) if '"' in source or "'" in source else text
    text = re.sub(r'(^|[\s(\[\u2014-])"', "\\1\u201c", text).replace('"', "\u201d")
    return re.sub(r"(^|[\s(\[\u2014\u201c-])'", "\\1\u2018", text).replace("'", "\u2019")


def encode_text(tokenizer: Any, text: str, *, is_plain: bool = True) -> TokenizedText:
    """Tokenize a passage; what looks like a special token in it stays plain text.

    Without `is_plain` quotes and line breaks go to the model as the writer has them.
    """
    return _encoded(tokenizer, plain(text) if is_plain else text, split_special_tokens=True)


def encode_with_control(tokenizer: Any, text: str) -> TokenizedText:
    """Tokenize a template's text, in which control tokens are what they say."""
    return _encoded(tokenizer, text, split_special_tokens=False)


def token_ids_of(tokenizer: Any, text: str) -> tuple[int, ...]:
    """Tokenize text just as it is, control tokens as text."""
    coded = tokenizer(text, add_special_tokens=False, split_special_tokens=True)
    return tuple(coded["input_ids"])


def _encoded(tokenizer: Any, text: str, *, split_special_tokens: bool) -> TokenizedText:
    coded = tokenizer(
        text,
        add_special_tokens=False,
        return_offsets_mapping=True,
        split_special_tokens=split_special_tokens,
    )
    spans = tuple(_without_space(text, start, end) for start, end in coded["offset_mapping"])
    return TokenizedText(tuple(coded["input_ids"]), spans)


def _without_space(text: str, start: int, end: int) -> Span:
    """Leave out the space before a word, which belongs to its token but not to the word."""
    token = text[start:end]
    space = len(token) - len(token.lstrip())
    return Span(start=start + space if space < len(token) else start, end=end)
