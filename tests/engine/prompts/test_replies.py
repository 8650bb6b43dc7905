"""What is kept of a reply: the rewrite, whole, and nothing said about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.engine.prompts.replies import clean_reply

SOURCE = "The tide went out before the children woke."
REWRITE = "Before the children woke, the tide had gone."

_VOCABULARY = (
    "the a gull Here is this note sure version passage of text in other words rewritten it's "
    "she said I changed certainly think below sea \u2014 never let me know explanation"
)
_WORDS = st.lists(
    st.sampled_from(_VOCABULARY.split()),
    min_size=1,
    max_size=14,
)
_SENTENCE = st.builds(
    lambda words, ends: f"{' '.join(words).capitalize()}{ends}",
    _WORDS,
    st.sampled_from([".", "!", "?", "...", '," he said.', ": so it was."]),
)


@given(sentences=st.lists(_SENTENCE.filter(lambda text: ":" not in text), min_size=1, max_size=3))
def test_ordinary_sentences_come_through_unchanged(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert clean_reply(text, SOURCE) == text


@given(text=st.text(max_size=80))
def test_nothing_is_ever_added(text: str) -> None:
    cleaned = clean_reply(text, SOURCE)
    assert cleaned in text
    assert clean_reply(text, text).strip() in text


@pytest.mark.parametrize(
    "text",
    [
        '"Yes," he said. "No."',
        "\u201cYes,\u201d he said. \u201cNo.\u201d",
        "Here is what he wrote: nothing at all.",
        "Here is the letter that she meant: it was never sent.",
        "This is how it was: the tide went out.",
        "Note: the gull had seen it all.",
        "Sure, he said, and certainly he meant it.",
        "Certainly not! The tide was out.",
        "I have changed, she thought; let me know if you have not.",
        "The passage: a narrow thing between two walls.",
        "'Twas the boys' own tide.",
        "In short: a gull.\nIn long: two gulls.",
        "Text of the day: be still.",
        "Here is the text: come at once.",
        "Here is the shorter version: he left.",
        "Longer sentence: ten years.",
    ],
)
def test_real_text_that_looks_like_talk_stays(text: str) -> None:
    assert clean_reply(text, SOURCE) == text


@pytest.mark.parametrize(
    "preamble",
    [
        "Here is a paraphrase: ",
        "Here's a rewritten version of the passage:\n\n",
        "Sure! Here's a simpler version:\n",
        "Certainly. Here is the revised passage in other words: ",
        "**Rewritten passage:**\n\n",
        "**Paraphrase**: ",
        "Paraphrase: ",
        "New passage:\n",
        "## Shortened version:\n",
        "Here is the passage with the tide first, as you asked:\n\n",
        "Sure!\n\n",
        "<think>\nThe tide? Let me see.\n</think>\n\n",
        "The tide? Let me see.\n</think>\n\n",
    ],
)
@pytest.mark.parametrize("note", ["", "\n\nNote: I moved the clause.", "\n(Note: moved.)",
    "\n\n---\nI kept the tone.", "\n\n**Changes made:**\n- moved a clause",
    "\n\nLet me know if you want another one!", "\n\nThis version keeps the tone."])  # fmt: skip
def test_talk_around_the_rewrite_goes(preamble: str, note: str) -> None:
    assert clean_reply(f"{preamble}{REWRITE}{note}", SOURCE) == REWRITE
    assert clean_reply(f'{preamble}"{REWRITE}"{note}', SOURCE) == REWRITE


@pytest.mark.parametrize("quotes", ['""', "\u201c\u201d", "\u00ab\u00bb", "\u201e\u201c"])
def test_quotes_around_everything_go_unless_the_source_has_them(quotes: str) -> None:
    quoted = f"{quotes[0]}{REWRITE}{quotes[1]}"
    assert clean_reply(quoted, SOURCE) == REWRITE
    assert clean_reply(quoted, f'"{SOURCE}"') == quoted


def test_fence_around_everything_goes() -> None:
    assert clean_reply(f"```text\n{REWRITE}\n```", SOURCE) == REWRITE


def test_thought_without_an_end_leaves_nothing() -> None:
    assert clean_reply("<think>\nThe tide, the tide", SOURCE) == ""


def test_what_the_source_has_itself_stays() -> None:
    noted = "Passage: the gull stood.\n\nNote: it was cold."
    assert clean_reply(noted, noted) == noted


def test_preamble_alone_is_not_turned_into_nothing() -> None:
    assert clean_reply("Here is a paraphrase:", SOURCE) == "Here is a paraphrase:"
