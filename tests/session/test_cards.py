"""Promises of cards whose paragraph changes: by their own hunks, by others, by the writer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinymorph.errors import BadInputError, StaleEditError
from tinymorph.schema.events import Finished
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Protected, ProtectedKind, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import Suggestion
from tinymorph.session.asked import AskedSuggestions
from tinymorph.session.views import HunkState, HunkView, SuggestionView
from tinymorph.text.diff import apply_replacements, diff_words

SOURCE = "The old house stood on a hill."
NEW = "An old barn stood on a steep hill."
words = st.lists(st.sampled_from(["a", "the", "old", "house", "hill"]), min_size=2, max_size=9)


class Paragraph:
    """The page's part: a paragraph with undo and redo, every change of which is told."""

    def __init__(
        self, text: str, span: Span, *texts: str, protected: tuple[Protected, ...] = ()
    ) -> None:
        self.now = ParagraphSnapshot(paragraph_id="p", revision=0, text=text)
        self.undone: list[str] = []
        self.done: list[str] = []
        self.asked = AskedSuggestions(
            SuggestionRequest(request_id="r", paragraph=self.now, span=span, protected=protected)
        )
        self.answer = Finished(
            request_id="r", suggestions=tuple(made(n, text) for n, text in enumerate(texts))
        )

    def show(self, text: str) -> None:
        revision = self.now.revision + 1
        self.now = self.now.model_copy(update={"revision": revision, "text": text})
        self.asked.revised(self.now)

    def write(self, text: str) -> None:
        self.done.append(self.now.text)
        self.undone.clear()
        self.show(text)

    def accept(self, index: int, hunks: set[int] | None = None) -> None:
        edit = self.asked.accept(index, hunks)
        assert edit.base_revision == self.now.revision
        self.write(apply_replacements(self.now.text, edit.replacements))

    def undo(self) -> None:
        self.undone.append(self.now.text)
        self.show(self.done.pop())

    def redo(self) -> None:
        self.done.append(self.now.text)
        self.show(self.undone.pop())

    def card(self, index: int = 0) -> SuggestionView:
        return self.asked.views()[index]


def made(index: int, text: str) -> Suggestion:
    return Suggestion(
        request_id="r",
        base_revision=0,
        index=index,
        text=text,
        seed=index,
        plan=SteeringPlan(),
        tokens_per_second=1.0,
    )


def answered(
    text: str, *texts: str, span: Span | None = None, protected: tuple[Protected, ...] = ()
) -> Paragraph:
    whole = Span(start=0, end=len(text))
    paragraph = Paragraph(text, span or whole, *texts, protected=protected)
    paragraph.asked.heard(paragraph.answer)
    return paragraph


@pytest.fixture
def paragraph() -> Paragraph:
    return answered(SOURCE, NEW)


def open_hunks(card: SuggestionView) -> list[int]:
    return [hunk.index for hunk in card.hunks if hunk.state is HunkState.OPEN]


def states(card: SuggestionView) -> list[str]:
    return [str(hunk.state) for hunk in card.changes]


def test_after_one_hunk_the_rest_can_be_accepted_in_any_order(paragraph: Paragraph) -> None:
    first, second, third = open_hunks(paragraph.card())
    paragraph.accept(0, {second})
    assert paragraph.now.text == "The old barn stood on a hill."
    assert states(paragraph.card()) == ["open", "taken", "open"]
    paragraph.accept(0, {third})
    paragraph.accept(0, {first})
    assert paragraph.now.text == NEW
    paragraph.undo()
    paragraph.undo()
    assert states(paragraph.card()) == ["open", "taken", "open"]
    paragraph.redo()
    paragraph.accept(0)
    assert paragraph.now.text == NEW
    with pytest.raises(BadInputError, match="changes nothing"):
        paragraph.accept(0)


def test_a_refused_hunk_is_left_out_until_it_is_wanted(paragraph: Paragraph) -> None:
    first, second, _ = open_hunks(paragraph.card())
    assert paragraph.asked.refuse(0, second)
    assert states(paragraph.card()) == ["open", "refused", "open"]
    assert paragraph.asked.refuse(0, first)
    assert paragraph.asked.refuse(0, first)
    paragraph.accept(0)
    assert paragraph.now.text == "An old house stood on a steep hill."
    paragraph.accept(0, {second})
    assert paragraph.now.text == NEW


def test_only_words_that_the_writer_changed_are_out_of_date(paragraph: Paragraph) -> None:
    paragraph.write(SOURCE.replace("house", "mill"))
    assert states(paragraph.card()) == ["open", "outdated", "open"]
    second = paragraph.card().changes[1].index
    with pytest.raises(StaleEditError, match="changed since"):
        paragraph.accept(0, {second})
    assert not paragraph.card().is_stale
    paragraph.accept(0)
    assert paragraph.now.text == "An old mill stood on a steep hill."
    assert paragraph.card().is_stale


@pytest.mark.parametrize("word", ["houses", "a house", "greenhouse"])
def test_a_word_that_grew_is_another_word(word: str) -> None:
    paragraph = answered("house by a hill", "barn by a hill")
    paragraph.write(word + " by a hill")
    assert states(paragraph.card()) == ["open" if " " in word else "outdated"]


def test_a_word_between_the_neighbours_of_an_insertion_puts_it_out_of_date() -> None:
    paragraph = answered("on a hill", "on a steep hill")
    paragraph.write("on a green hill")
    assert states(paragraph.card()) == ["outdated"]
    paragraph.undo()
    assert states(paragraph.card()) == ["open"]


def test_another_card_can_be_accepted_where_the_first_left_the_words() -> None:
    paragraph = answered(SOURCE, NEW, "The old house stood by a river.")
    first = open_hunks(paragraph.card(0))[0]
    paragraph.accept(0, {first})
    paragraph.accept(1)
    assert paragraph.now.text == "An old house stood by a river."
    assert states(paragraph.card(0)) == ["taken", "open", "outdated"]


def test_a_removed_paragraph_takes_its_cards_along(paragraph: Paragraph) -> None:
    paragraph.asked.removed()
    assert paragraph.card().is_stale
    with pytest.raises(StaleEditError, match="gone"):
        paragraph.asked.accept(0, None)


def test_the_diff_on_show_is_between_now_and_what_is_open(paragraph: Paragraph) -> None:
    paragraph.accept(0, {open_hunks(paragraph.card())[1]})
    diff = paragraph.card().diff
    assert diff is not None
    assert (diff.before, diff.after) == ("The old barn stood on a hill.", NEW)
    assert [h.kind for h in diff.hunks] == ["replace", "equal", "insert", "equal"]


@dataclass(frozen=True)
class Slot:
    """One stretch of the model that is kept beside: a change with its words, or words between."""

    before: str
    after: str
    now: str
    is_change: bool


class Model:
    """The document kept beside: slots, where the writer's words go into those between."""

    def __init__(self, before: str, after: str) -> None:
        self.slots = [
            Slot(h.before_text, h.after_text, h.before_text, h.kind != "equal")
            for h in diff_words(before, after).hunks
        ]
        self.undone: list[list[Slot]] = []
        self.done: list[list[Slot]] = []
        self.around: tuple[str, str] = ("", "")
        self.count = 0

    @property
    def text(self) -> str:
        return self.around[0] + "".join(slot.now for slot in self.slots) + self.around[1]

    def change(self, slots: list[Slot]) -> None:
        self.done.append(self.slots)
        self.undone.clear()
        self.slots = slots

    def set(self, index: int, now: str) -> None:
        slots = list(self.slots)
        slots[index] = replace(slots[index], now=now)
        self.change(slots)

    def undo(self) -> None:
        self.undone.append(self.slots)
        self.slots = self.done.pop()

    def redo(self) -> None:
        self.done.append(self.slots)
        self.slots = self.undone.pop()

    def expected(self, index: int) -> str:
        slot = self.slots[index]
        if not slot.is_change:
            return "same"
        if slot.now == slot.before:
            return "open"
        return "taken" if slot.now == slot.after else "outdated"

    def new_word(self) -> str:
        self.count += 1
        return f"w{self.count}"


def step(model: Model, paragraph: Paragraph, draw: st.DrawFn) -> None:
    """Do one thing to both: the writer's new words differ from all others, as ours can be told."""
    can_accept = [i for i in range(len(model.slots)) if model.expected(i) == "open"]
    gaps = [
        (i, at + 1)
        for i, slot in enumerate(model.slots)
        if not slot.is_change
        for at, sign in enumerate(slot.now.strip())
        if sign == " "
    ]
    changes = [i for i, slot in enumerate(model.slots) if slot.is_change and slot.now]
    kinds = ["accept"] * 3 * bool(can_accept) + ["type"] * bool(gaps) + ["spoil"] * bool(changes)
    kinds += ["undo"] * bool(model.done) + ["redo"] * bool(model.undone)
    match draw(st.sampled_from(kinds)) if kinds else "":
        case "accept":
            chosen = draw(st.sets(st.sampled_from(can_accept), min_size=1))
            model.change(
                [replace(s, now=s.after) if i in chosen else s for i, s in enumerate(model.slots)]
            )
            paragraph.accept(0, chosen)
        case "type":
            index, at = draw(st.sampled_from(gaps))
            now = model.slots[index].now
            lead = len(now) - len(now.lstrip())
            model.set(index, f"{now[: lead + at]}{model.new_word()} {now[lead + at :]}")
            paragraph.write(model.text)
        case "spoil":
            index = draw(st.sampled_from(changes))
            now = model.slots[index].now
            lead = len(now) - len(now.lstrip())
            model.set(index, f"{now[:lead]}{model.new_word()}{now[lead + 1 :]}")
            paragraph.write(model.text)
        case "undo":
            model.undo()
            paragraph.undo()
        case "redo":
            model.redo()
            paragraph.redo()
        case _:
            pass


@settings(max_examples=300, deadline=None)
@given(words, words, st.sampled_from([("", ""), ("Before. ", " After.")]), st.data())
def test_any_hunks_in_any_order_with_edits_undo_and_redo_equal_the_document_kept_beside(
    old: list[str], new: list[str], around: tuple[str, str], data: st.DataObject
) -> None:
    before, after = " ".join(old), " ".join(new)
    model = Model(before, after)
    model.around = around
    start = len(around[0])
    span = Span(start=start, end=start + len(before))
    paragraph = answered(around[0] + before + around[1], after, span=span)
    draw = cast("st.DrawFn", data.draw)
    for _ in range(draw(st.integers(1, 8))):
        step(model, paragraph, draw)
        assert paragraph.now.text == model.text
        hunks: tuple[HunkView, ...] = paragraph.card().hunks
        assert [str(hunk.state) for hunk in hunks] == [
            model.expected(i) for i in range(len(model.slots))
        ]
        assert [hunk.words for hunk in hunks] == [slot.now for slot in model.slots]


@settings(max_examples=300, deadline=None)
@given(words, words, st.lists(words, min_size=1, max_size=4), st.data())
def test_whatever_the_writer_does_an_open_hunk_replaces_its_own_words_alone(
    old: list[str], new: list[str], edits: list[list[str]], data: st.DataObject
) -> None:
    paragraph = answered(" ".join(old), " ".join(new))
    for edit in edits:
        paragraph.write(" ".join(edit))
        card = paragraph.card()
        assert "".join(hunk.words for hunk in card.hunks) == card.hunks[0].span.of(
            paragraph.now.text
        ) + "".join(hunk.words for hunk in card.hunks[1:])
        if not open_hunks(card):
            continue
        hunk = card.hunks[data.draw(st.sampled_from(open_hunks(card)))]
        text = paragraph.now.text
        assert hunk.span.of(text) == hunk.before
        paragraph.accept(0, {hunk.index})
        assert paragraph.now.text == text[: hunk.span.start] + hunk.after + text[hunk.span.end :]
        assert paragraph.card().hunks[hunk.index].state is HunkState.TAKEN


KEPT = "The ferry left the quay.[^1] See the old map of Ayr."


def kept(kind: ProtectedKind, words: str, after: str) -> Paragraph:
    start = KEPT.index(words)
    part = Protected(span=Span(start=start, end=start + len(words)), kind=kind)
    return answered(KEPT, after, protected=(part,))


@pytest.mark.parametrize(
    ("kind", "words", "after", "reason"),
    [
        ("footnote", "[^1]", "The boat left the quay. See the old map of Ayr.", "a footnote"),
        ("link", "old map", "The boat left the quay.[^1] See the chart about Ayr.", "the link"),
        ("name", "Ayr", "The boat left the quay.[^1] See the old map of it.", "the name Ayr"),
        ("chosen", "the quay", "The boat left the big quay.[^1] See the old map of Ayr.", "You"),
    ],
)
def test_a_hunk_that_would_take_away_what_must_stay_is_refused_with_the_reason(
    kind: ProtectedKind, words: str, after: str, reason: str
) -> None:
    paragraph = kept(kind, words, after)
    assert states(paragraph.card()) == ["open", "kept"]
    second = paragraph.card().changes[1]
    assert reason in second.reason
    with pytest.raises(BadInputError, match=reason):
        paragraph.accept(0, {second.index})
    paragraph.accept(0)
    assert paragraph.now.text == KEPT.replace("ferry", "boat")
    assert paragraph.card().changes[0].state is HunkState.TAKEN
    with pytest.raises(BadInputError, match=reason):
        paragraph.accept(0)


def test_words_within_a_link_may_change_as_long_as_some_are_left() -> None:
    assert states(kept("link", "old map", KEPT.replace("old map", "new chart")).card()) == ["open"]
    assert states(kept("link", "old map", KEPT.replace("old map", "map")).card()) == ["open"]
    assert states(kept("link", "old map", KEPT.replace("the old map of ", "")).card()) == ["kept"]
