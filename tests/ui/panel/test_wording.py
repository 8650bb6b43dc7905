"""What cards say."""

from dataclasses import replace

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import FeatureChange, Flaw
from tinymorph.session.views import HunkState, HunkView
from tinymorph.text.diff import diff_words
from tinymorph.text.measures import Measures
from tinymorph.ui.panel.diff_view import HERE, MARKS, diff_html, hunks_html, spoken_diff
from tinymorph.ui.panel.wording import (
    FLAW_HINTS,
    FLAW_SENTENCES,
    deed_of,
    measured,
    reason,
    what_changed,
)
from tinymorph.ui.theme import load_theme


def test_every_flaw_has_a_sentence_and_a_hint():
    assert set(FLAW_SENTENCES) == set(FLAW_HINTS) == set(Flaw)


def test_changed_words_are_counted_once():
    assert what_changed(diff_words("a b c d", "a x c d")) == "1 word changed"
    assert what_changed(diff_words("a b c", "a b c d e")) == "2 words changed, 2 longer"
    assert what_changed(diff_words("a b c", "a c")) == "1 word changed, 1 shorter"
    assert what_changed(diff_words("a b", "a b")) == "Nothing changed"


def test_the_direction_is_a_mark_and_not_only_a_colour():
    ref = FeatureRef(sae_id="5", feature_index=7)
    rose = reason("weather", FeatureChange(ref=ref, before=0.1, after=0.5, twin=0.2))
    fell = reason("weather", FeatureChange(ref=ref, before=0.5, after=0.1))
    assert rose.startswith("▲ weather")
    assert "unsteered" in rose
    assert fell.startswith("▼ weather")


def test_what_went_is_struck_and_what_came_is_underlined(qapp):
    shown = diff_html(diff_words("the old <house>", "the new <house>"), load_theme("light"))
    assert "line-through" in shown.split("old")[0]
    assert "underline" in shown.split("new")[0].split("old")[1]
    assert "&lt;house&gt;" in shown


def test_the_diff_can_be_heard():
    assert spoken_diff(diff_words("an old house", "a new house")) == "an old becomes a new"


def test_what_became_of_each_change_is_said_in_words():
    hunk = HunkView(1, "replace", HunkState.OPEN, Span(start=0, end=3), "old", "old ", "new ")
    assert deed_of(hunk) == "\u201cold\u201d becomes \u201cnew\u201d."
    assert deed_of(replace(hunk, before="", kind="insert")) == "insert \u201cnew\u201d."
    assert deed_of(replace(hunk, after="", kind="delete")) == "take out \u201cold\u201d."
    kept = replace(hunk, state=HunkState.KEPT, reason="It would break a link.")
    assert deed_of(kept).endswith("Not offered: It would break a link.")
    assert "in the page" in deed_of(replace(hunk, state=HunkState.TAKEN))
    assert "out of date" in deed_of(replace(hunk, state=HunkState.OUTDATED))
    assert deed_of(replace(hunk, state=HunkState.REFUSED)).endswith("Left out.")


def test_every_change_that_is_not_open_has_a_mark_beside_its_colour(qapp):
    theme = load_theme("light")
    for state, mark in MARKS.items():
        hunk = HunkView(1, "replace", state, Span(start=0, end=3), "old", "old", "new")
        assert mark in hunks_html([hunk], theme)
        assert HERE in hunks_html([hunk], theme, current=1)
    assert set(MARKS) == set(HunkState) - {HunkState.SAME, HunkState.OPEN}


def test_measures_are_named_for_what_they_are():
    found = Measures(10, 8, 0.75, 40.0, 30.4)
    said = measured(found).replace("\u00a0", " ")
    assert "10 \u2192 8 words" in said
    assert "75% of content words kept" in said
    assert "LIX 40 \u2192 30, easier to read" in said
    assert "meaning" not in said
