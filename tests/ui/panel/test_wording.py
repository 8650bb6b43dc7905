"""What cards say."""

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.suggestion import FeatureChange, Flaw
from tinymorph.text.diff import diff_words
from tinymorph.ui.panel.diff_view import diff_html, spoken_diff
from tinymorph.ui.panel.wording import FLAW_HINTS, FLAW_SENTENCES, reason, what_changed
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
