"""What goes into the corpus: cleaning, styles in words, rules, and what is turned away."""

from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest

from tinymorph.training.cleaning import (
    is_play,
    is_prose,
    modern_spelling,
    sentences,
    with_double_quotes,
)
from tinymorph.training.pairs import Pair, _focused, flaw_of, with_styles
from tinymorph.training.prose import Work, has_slur, read_works, split_of
from tinymorph.training.recipe import CorpusRecipe, Recipe
from tinymorph.training.rules import rule_pairs
from tinymorph.training.style import STYLES, mask_of, styles_in, styles_of

RECIPE = Path(__file__).parents[1] / "data" / "tiny_recipe.toml"


@pytest.fixture
def corpus() -> CorpusRecipe:
    return Recipe.read(RECIPE).corpus


@pytest.mark.parametrize(
    ("british", "plain"),
    [
        ("'Come in,' said Ann.", '"Come in," said Ann.'),
        ("'I can't,' he said; 'it's late.'", '"I can\'t," he said; "it\'s late."'),
        ("'He called me \"fool\", sir,' said Ann.", "\"He called me 'fool', sir,\" said Ann."),
        ("'Well, 'tis nothing,' said he.", '"Well, \'tis nothing," said he.'),
        ("The boys' boat was there.", "The boys' boat was there."),
    ],
)
def test_speech_in_single_quotes_gets_double_quotes(british: str, plain: str) -> None:
    assert with_double_quotes(british) == plain


def test_paragraph_whose_quotes_are_not_clear_is_left_out() -> None:
    assert with_double_quotes("'Go,' said he, 'and 'Come,' said she.' They went,' or so.") is None


def test_spelling_that_only_dates_a_text_is_modernized() -> None:
    old = "To-morrow I shall shew you--if any one asks--the grey horse . . . of to-day."
    new = "Tomorrow I shall show you—if anyone asks—the gray horse... of today."
    assert modern_spelling(old) == new


@pytest.mark.parametrize(
    "text",
    [
        "HAMLET. The air bites shrewdly, and it is very cold.",
        "Smith, J. Rivers of the North. University Press, pp. 12.",
        "See http://example.org for what the harbour master wrote.",
        "The harbour [see the map] was cold.",
        "A heading without an end",
    ],
)
def test_what_is_no_running_prose_is_dropped(text: str) -> None:
    assert not is_prose(text)


def test_prose_is_kept() -> None:
    assert is_prose('The harbour was cold. "Come in," said Ann, and shut the door.')


def test_work_with_speakers_is_a_play() -> None:
    assert is_play(["ANN. Come in.", "The sea.", "JOHN. No."])
    assert not is_play(["Ann came in."] * 20)


def test_title_does_not_end_a_sentence() -> None:
    text = 'Mr. Hill met Dr. Low. "Are you cold?" he asked. They went in.'
    assert sentences(text) == [
        "Mr. Hill met Dr. Low.",
        '"Are you cold?" he asked.',
        "They went in.",
    ]


def test_slurs_are_found_whatever_their_case_and_marks() -> None:
    word = codecs.decode("avttre", "rot13")
    assert has_slur(f'He said, "{word.title()}!"')
    assert not has_slur("A chink of light fell on the niggardly supper.")


def test_whole_authors_are_held_out(tmp_path: Path) -> None:
    (tmp_path / "prose").mkdir()
    rows = ["file\tbytes\tauthor\tyear"]
    for number in range(60):
        (tmp_path / "prose" / f"set__{number}.txt").write_text("text", encoding="utf-8")
        rows.append(f"prose/set__{number}.txt\t4\tauthor {number // 3}\t1900")
    (tmp_path / "prose_manifest.tsv").write_text("\n".join(rows), encoding="utf-8")
    works = read_works(tmp_path)
    assert works["set__7.txt"] == Work("set__7.txt", "author 2", 1900, "set")
    splits: dict[str, list[str]] = {}
    for work in works.values():
        splits.setdefault(work.author, []).append(split_of(work, 0.1))
    assert any(set(found) == {"heldout"} for found in splits.values())
    assert any(set(found) == {"train"} for found in splits.values())


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("I went down to my boat, and I saw that my oar was gone again.", "first person"),
        ("She walked to the door and turned. He had followed her all the way.", "past tense"),
        (
            "The gull sees the lamp. The boat is there, and the wind is in the north.",
            "present tense",
        ),
        ('"Come in," said Ann. "It is cold out there, and the kettle is on."', "dialogue"),
        ("It rained. They ran. The dog sat down. Nobody said a word.", "short sentences"),
        ("Thou knowest not whither thy brother hath gone, nor unto whom he went.", "archaic"),
        ("I don't know, and I can't say; it's late and we'll see about it then.", "informal"),
        ("Why did he go? Who told him to? And what would she say to it now?", "questions"),
    ],
)
def test_style_is_read_off_the_passage(text: str, style: str) -> None:
    assert style in styles_of(text)


def test_modern_is_said_only_of_what_is_known_to_be_modern() -> None:
    text = "The boat lay in the harbour all winter, and nobody came for it."
    assert "modern" in styles_of(text, 1990)
    assert "modern" not in styles_of(text)
    assert "modern" not in styles_of(text, 1890)


def test_styles_survive_their_mask() -> None:
    assert styles_in(mask_of(STYLES[::3])) == STYLES[::3]


@pytest.mark.parametrize(
    ("sentence", "task", "other"),
    [
        ("When the rain stopped, he went out again.", "paraphrase", "He went out again when"),
        ('"We sail at noon," said Ann.', "modernize", '"We sail at noon," Ann said.'),
        ("She endeavoured to open the door.", "simplify", "She tried to open the door."),
        (
            "He sat upon the wall whilst it rained.",
            "modernize",
            "He sat on the wall while it rained.",
        ),
        ("I do not know what she said to them.", "paraphrase", "I don't know what she said"),
    ],
)
def test_rule_makes_the_pair_it_promises(sentence: str, task: str, other: str) -> None:
    made = [
        {source, target}
        for seed in range(4)
        for made_task, source, target in rule_pairs(sentence, random.Random(seed))
        if made_task == task
    ]
    assert made
    assert all(any(text.startswith(other) for text in pair) for pair in made)


def test_rules_keep_their_hands_off_what_they_would_spoil() -> None:
    rng = random.Random(1)
    for sentence in (
        "Does the man yonder upon the wall know it?",
        "An endeavour was made.",
        "Do not you know it?",
    ):
        made = [task for task, *_ in rule_pairs(sentence, rng)]
        assert made in ([], ["modernize"], ["modernize", "archaize"]), sentence


@pytest.mark.parametrize(
    ("pair", "flaw"),
    [
        (Pair("split", "He came and sat.", "He came and sat.", "x"), "unchanged"),
        (
            Pair("split", "He came and she sat down.", "He came, and she sat down.", "x"),
            "not split",
        ),
        (Pair("split", "Ann ran and sat.", "Ann ran off. Ann sat down.", "x"), "subject repeated"),
        (Pair("split", "The gull ran, the dog sat.", "The gull ran. The dog sat.", "x"), ""),
        (Pair("modernize", "He goeth to the sea.", "He goeth unto the sea.", "x"), "target is old"),
        (
            Pair("archaize", "He goes to the sea now.", "He runs to the sea now.", "x"),
            "target is not old",
        ),
        (Pair("shorten", "He came to the sea.", "He came to the red sea.", "x"), "not shorter"),
        (Pair("paraphrase", "He came from the sea.", "He came from from the sea.", "x"), "broken"),
    ],
)
def test_pair_that_teaches_the_wrong_thing_is_turned_away(
    pair: Pair, flaw: str, corpus: CorpusRecipe
) -> None:
    assert flaw_of(pair, corpus) == flaw


def test_pair_without_common_words_is_turned_away_where_the_recipe_says_so(
    corpus: CorpusRecipe,
) -> None:
    pair = Pair("paraphrase", "The harbour lamp was lit.", "Nobody ever came again.", "loose")
    assert not flaw_of(pair, corpus)
    strict = corpus.model_copy(update={"least_overlap": {"loose": 0.5}})
    assert flaw_of(pair, strict) == "meaning"


def test_long_pair_is_cut_to_the_sentences_around_its_change() -> None:
    same = [f"Boat number {number} lay there." for number in range(6)]
    source = " ".join([*same[:3], "He sat upon it.", *same[3:]])
    pair = Pair("modernize", source, source.replace("upon", "on"), "modernize.rule")
    cut = _focused(pair, random.Random(1), 1.0)
    assert "He sat upon it." in cut.source
    assert "He sat on it." in cut.target
    assert len(sentences(cut.source)) <= 3


def test_styles_of_a_pair_are_those_of_its_target() -> None:
    pair = with_styles(Pair("archaize", "x" * 9, "Thou hast gone unto thy boat, and hither.", "x"))
    assert "archaic" in styles_in(pair.like)
