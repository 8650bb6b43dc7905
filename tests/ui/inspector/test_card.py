"""The feature card: everything known is shown, everything unknown is said, and marks are kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from helpers.fake_library import FakeLibrary
from tinymorph.features.library import WriterLibrary
from tinymorph.features.marks import FAVOURITES, FeatureMarks
from tinymorph.schema.feature import FeatureCard, FeatureRef, Neighbour, SteeringBand
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.span import Span
from tinymorph.session.passage_reader import Part
from tinymorph.session.surveys import PlaceView
from tinymorph.settings.paths import data_folder
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.inspector.card import CardFacts, FeatureCardView
from tinymorph.ui.inspector.card_words import band_words, trust_words, writes_words

CONTROL = Qt.KeyboardModifier.ControlModifier
REF = FeatureRef(sae_id="0", feature_index=0)
DAYS = FeatureRef(sae_id="1", feature_index=5)
TEXTS = ("It rained on Monday.", "Nobody was there.", "On Sunday it went, on Monday it came.")


def card(**changes):
    plain = FeatureCard(ref=REF, label="weather", activation_density=0.01, max_activation=2.0)
    return plain.model_copy(update=changes)


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.editor.setFocus()
    blocks = tuple(Block("paragraph", (Inline(text),)) for text in TEXTS)
    window.editor.load(Document(blocks))
    return window


@pytest.fixture
def inspector(window, workplace, qtbot):
    """The inspector with the document read and the names of days chosen."""
    qtbot.keyClick(window.editor, Qt.Key.Key_F2, CONTROL)
    surveys = workplace.session.surveys
    qtbot.waitUntil(lambda: not surveys.is_reading and surveys.progress == (3, 3))
    inspector = window.side.inspector
    qtbot.waitUntil(lambda: inspector.chosen == DAYS and bool(inspector.card.places.rows))
    qtbot.waitUntil(lambda: bool(inspector.card.neighbours.rows))
    return inspector


def test_what_was_not_measured_is_said_to_be_so():
    assert band_words(card()) == "Usable band: not measured yet."
    assert "not measured yet" in writes_words(card())
    assert trust_words(card()) == (
        "Made from its strongest tokens; nobody has checked it. Not tested blind yet."
    )


def test_what_was_measured_is_said_in_numbers():
    measured = card(
        label_source="written",
        confidence=0.8,
        blind_test=0.9,
        band=SteeringBand(first_effect=0.5, collapse=2.25),
        writes=True,
        output_score=1.5,
    )
    assert band_words(measured) == "Usable band: from 0.5 up to 2.25, where the text breaks."
    assert writes_words(measured).startswith("It writes")
    assert "80% sure" in trust_words(measured)
    assert "90% of unseen windows" in trust_words(measured)
    assert "only reads" in writes_words(card(writes=False))
    assert "did not break" in band_words(card(band=SteeringBand(first_effect=1.0)))
    assert "changed nothing" in band_words(card(band=SteeringBand()))


def test_card_says_what_it_knows_and_what_it_does_not(inspector):
    text = inspector.card.text()
    for sentence in (
        "names of days",
        "automatic label",
        "Usable band: not measured yet.",
        "Writes or only reads: not measured yet.",
        "How its activations are spread was not measured.",
        "Fires in 2 paragraphs, strongest first:",
        "Have your own books read",
    ):
        assert sentence in text


def test_places_of_the_document_stand_on_the_card_and_return_goes_there(window, inspector, qtbot):
    places = inspector.card.places
    assert [row.label for row in places.rows] == ["Paragraph 1", "Paragraph 3"]
    assert "\u203aSunday\u2039" in places.rows[1].cells[0].text
    places.setFocus()
    places.choose(1)
    qtbot.keyClick(places, Qt.Key.Key_Return)
    cursor = window.editor.textCursor()
    assert cursor.block().text() == TEXTS[2]
    assert cursor.block().text()[cursor.positionInBlock() :].startswith("Sunday")
    assert window.editor.hasFocus()


def test_all_places_are_listed_however_many_and_the_card_stays_short(qtbot, theme, tmp_path):
    view = FeatureCardView(theme)
    qtbot.addWidget(view)
    library = WriterLibrary(FakeLibrary(), FeatureMarks(tmp_path / "marks.sqlite"))
    view.show_feature(REF, library, theme)
    text = "Some words here."
    places = tuple(
        PlaceView(
            Part(
                ParagraphSnapshot(paragraph_id=f"p{n}", revision=0, text=text), Span(start=0, end=4)
            ),
            n + 1,
            1.0 - n / 50,
            Span(start=0, end=4),
        )
        for n in range(40)
    )
    view.show_facts(CardFacts(places), library)
    assert len(view.places.rows) == 40
    assert view.places.height() < 7 * 44
    assert "Fires in 40 paragraphs, strongest first:" in view.text()


def test_neighbours_come_from_the_engine_and_lead_to_their_cards(inspector, qtbot):
    near = inspector.card.neighbours
    assert [row.cells[1].text for row in near.rows] == ["0.90", "0.45"]
    near.setFocus()
    near.choose(0)
    qtbot.keyClick(near, Qt.Key.Key_Return)
    assert inspector.chosen == FeatureRef(sae_id="1", feature_index=1)
    assert "rooms and houses" in inspector.card.text()


def test_neighbours_that_the_catalogue_has_are_shown_as_they_are(
    window, workplace, qtbot, monkeypatch
):
    library = window.side.inspector.library
    stored = (Neighbour(ref=DAYS, cosine=0.5),)
    known = library.card(REF)
    monkeypatch.setitem(library._seen, REF, known.model_copy(update={"neighbours": stored}))
    qtbot.keyClick(window.editor, Qt.Key.Key_F2)
    inspector = window.side.inspector
    qtbot.waitUntil(lambda: inspector.chosen == REF)
    qtbot.waitUntil(lambda: len(inspector.card.neighbours.rows) == 1)


def test_own_name_shows_everywhere_and_is_kept_in_the_writers_folder(
    window, inspector, workplace, qtbot
):
    window.conductor.add_to_rack(DAYS)
    inspector.list_view.setFocus()
    qtbot.keyClick(inspector.list_view, Qt.Key.Key_N)
    assert inspector.card.notes.label.hasFocus()
    qtbot.keyClicks(inspector.card.notes.label, "the days of the week")
    qtbot.keyClick(inspector.card.notes.label, Qt.Key.Key_Return)
    assert inspector.features.rows[0].label == "the days of the week"
    assert "your label" in inspector.card.text()
    kept = FeatureMarks(data_folder() / "features.sqlite")
    assert kept.mark("0" * 64, DAYS).label == "the days of the week"
    kept.close()


def test_a_note_is_kept_when_its_field_is_left_and_found_by_its_words(window, inspector, qtbot):
    note = inspector.card.notes.note
    note.setFocus()
    qtbot.keyClicks(note, "for the calendar scene")
    window.editor.setFocus()
    qtbot.waitUntil(lambda: inspector.library.mark(DAYS).note == "for the calendar scene")
    inspector.search_field.setFocus()
    qtbot.keyClicks(inspector.search_field, "calendar")
    qtbot.waitUntil(lambda: [row.ref for row in inspector.features.rows] == [DAYS])


def test_what_is_being_written_of_one_feature_is_never_kept_for_another(inspector, qtbot):
    note = inspector.card.notes.note
    note.setFocus()
    qtbot.keyClicks(note, "days")
    inspector.choose(1)
    other = inspector.chosen
    assert other != DAYS
    assert inspector.library.mark(DAYS).note == "days"
    assert inspector.library.mark(other).note == ""
    assert note.toPlainText() == ""


def test_l_puts_a_feature_on_the_favourites_and_takes_it_off(inspector, qtbot):
    inspector.list_view.setFocus()
    qtbot.keyClick(inspector.list_view, Qt.Key.Key_L)
    assert inspector.library.members(FAVOURITES) == (DAYS,)
    assert "On Favourites" in inspector.card.text()
    qtbot.keyClick(inspector.list_view, Qt.Key.Key_L)
    assert inspector.library.members(FAVOURITES) == ()


def test_marks_wait_for_the_model_and_say_so(qtbot, theme, tmp_path):
    view = FeatureCardView(theme)
    qtbot.addWidget(view)
    library = WriterLibrary(FakeLibrary(), FeatureMarks(tmp_path / "marks.sqlite"))
    view.show_feature(REF, library, theme)
    assert not view.notes.label.isEnabled()
    assert "once the model is loaded" in view.text()
    unknown = FeatureRef(sae_id="7", feature_index=7)
    view.show_feature(unknown, library, theme)
    assert "The catalogue says nothing of this feature." in view.text()
    assert "Usable band" not in view.text()
