"""The feature card: what is known of one feature, how it is known, and what the writer says."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.features.library import WriterLibrary
from tinymorph.features.marks import FAVOURITES
from tinymorph.schema.feature import FeatureCard, FeatureExample, FeatureRef, Neighbour
from tinymorph.session.surveys import PlaceView
from tinymorph.ui.inspector import card_words as words
from tinymorph.ui.inspector.example_view import example_html
from tinymorph.ui.inspector.feature_rows import (
    NEIGHBOUR_COLUMNS,
    PLACE_COLUMNS,
    neighbour_rows,
    place_rows,
)
from tinymorph.ui.inspector.notes import FeatureNotes
from tinymorph.ui.inspector.plots import HistogramPlot
from tinymorph.ui.inspector.rows import RowsTable
from tinymorph.ui.labels import tag_label, text_label
from tinymorph.ui.theme import Theme

MAX_EXAMPLES = 4
ROWS_SHOWN = 6
"""Of a table on the card; the rest of it scrolls."""
STAR, EMPTY_STAR = "\u2605", "\u2606"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of a feature beside its card."""

    places: tuple[PlaceView, ...] | None = None
    """Where in the document it fires; None while the document was not read."""
    neighbours: tuple[Neighbour, ...] | None = None
    """None while they are looked up."""


class FeatureCardView(QFrame):
    """Show all that is known of a feature."""

    rack_asked = Signal(object)
    """The `FeatureRef` to put on the rack."""
    place_asked = Signal(object)
    """The `PlaceView` to go to."""
    feature_asked = Signal(object)
    """Another `FeatureRef` to show."""
    mark_asked = Signal(object, str, str)
    """A `FeatureRef` with the writer's name and note for it."""
    list_asked = Signal(object, str, bool)
    """A `FeatureRef`, the name of a list, and whether it is to be on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ref: FeatureRef | None = None
        self._places: tuple[PlaceView, ...] = ()
        self.setObjectName("card")
        self._label = text_label("", "title")
        self._source = tag_label("", "mark")
        self._trust = text_label("", "soft")
        self._numbers = text_label("", "soft")
        self._band = text_label("", "soft")
        self._writes = text_label("", "soft")
        self._raises, self._lowers = text_label(), text_label()
        self._histogram = HistogramPlot(theme)
        self._spread = text_label("", "soft")
        self._star = QToolButton()
        self._star.setCheckable(True)
        self._star.clicked.connect(self._ask_favourite)
        self._add = QPushButton("Add to rack")
        self._add.setToolTip("Give this feature a slider (R)")
        self._add.clicked.connect(self.ask_rack)
        self._here = RowsTable("Where it fires in this document", PLACE_COLUMNS, theme)
        self._near = RowsTable("Nearest features", NEIGHBOUR_COLUMNS, theme)
        self._books, self._catalogue = _examples_label(), _examples_label()
        self._here_words, self._books_words = text_label("", "soft"), text_label("", "soft")
        self._catalogue_words, self._near_words = text_label("", "soft"), text_label("", "soft")
        self.notes = FeatureNotes(theme)
        self._connect()
        self._arrange()

    @property
    def ref(self) -> FeatureRef | None:
        """Return the feature on show."""
        return self._ref

    @property
    def places(self) -> RowsTable:
        """Return the table of places in the document."""
        return self._here

    @property
    def neighbours(self) -> RowsTable:
        """Return the table of the nearest features."""
        return self._near

    def text(self) -> str:
        """Return every sentence on the card, as they are read."""
        labels = [one for one in self.findChildren(QLabel) if one.isVisibleTo(self)]
        return "\n".join(label.text() for label in labels if label.text())

    def show_feature(self, ref: FeatureRef | None, library: WriterLibrary, theme: Theme) -> None:
        """Show a feature, one of which only the id is known, or nothing."""
        is_other, self._ref, self._theme = ref != self._ref, ref, theme
        self.setVisible(ref is not None)
        if ref is None:
            return
        card = library.card(ref)
        self._show_card(card or _unknown(ref, library), is_known=card is not None)
        self._show_examples(card, library, ref)
        mark = library.mark(ref)
        self.notes.show_mark(ref, mark, library.lists(), can_mark=library.can_mark)
        is_favourite = FAVOURITES in mark.lists
        self._star.setChecked(is_favourite)
        self._star.setText(STAR if is_favourite else EMPTY_STAR)
        name = "Take off the favourites (L)" if is_favourite else "Put on the favourites (L)"
        self._star.setToolTip(name)
        self._star.setAccessibleName(name)
        self._star.setEnabled(library.can_mark)
        if is_other:
            self.show_facts(CardFacts(), library)

    def show_facts(self, facts: CardFacts, library: WriterLibrary) -> None:
        """Show where it fires in the document, and what is near it."""
        self._places = facts.places or ()
        self._here.set_rows(place_rows(self._places))
        self._here.setVisible(bool(self._places))
        self._here_words.setText(
            words.NO_SURVEY if facts.places is None else words.places_words(len(facts.places))
        )
        near = facts.neighbours
        self._near.set_rows(neighbour_rows(near or (), library))
        self._near.setVisible(bool(near))
        self._near_words.setText(words.ASKING if near is None else words.NO_NEIGHBOURS)
        self._near_words.setVisible(not near)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._theme = theme
        self._here.set_theme(theme)
        self._near.set_theme(theme)
        self.notes.set_theme(theme)

    def ask_rack(self) -> None:
        """Ask for a slider for the feature on show."""
        if self._ref is not None:
            self.rack_asked.emit(self._ref)

    def ask_favourite(self) -> None:
        """Put the feature on the favourites, or take it off."""
        if self._star.isEnabled():
            self._star.click()

    def _ask_favourite(self) -> None:
        self.list_asked.emit(self._ref, FAVOURITES, self._star.isChecked())

    def _ask_place(self, number: int) -> None:
        if 0 <= number < len(self._places):
            self.place_asked.emit(self._places[number])

    def _ask_feature(self, number: int) -> None:
        self.feature_asked.emit(self._near.rows[number].ref)

    def _ask_list(self, name: str, is_on: bool) -> None:
        self.list_asked.emit(self._ref, name, is_on)

    def _show_card(self, card: FeatureCard, *, is_known: bool) -> None:
        self._label.setText(card.label)
        self._source.setText(words.SOURCES[card.label_source])
        self._source.setVisible(is_known)
        self._source.adjustSize()
        self._trust.setText(words.trust_words(card) if is_known else words.NOTHING_KNOWN)
        self._numbers.setText(words.numbers_words(card))
        self._band.setText(words.band_words(card))
        self._writes.setText(words.writes_words(card))
        for label in (self._numbers, self._band, self._writes):
            label.setVisible(is_known)
        self._raises.setText(words.logits_words("Raises", card.top_logits))
        self._lowers.setText(words.logits_words("Lowers", card.bottom_logits))
        for label in (self._raises, self._lowers):
            label.setVisible(bool(label.text()))
        self._histogram.show_shares(card.histogram, self._theme)
        self._histogram.setVisible(bool(card.histogram))
        self._spread.setText(
            "How strong it is where it is active, from little to its maximum:"
            if card.histogram
            else words.NO_HISTOGRAM
        )
        self._spread.setVisible(is_known)
        self._add.setAccessibleName(f"Add {card.label} to the rack")
        self.setAccessibleName(f"Feature {card.label}")
        self.setAccessibleDescription(self._numbers.text())

    def _show_examples(
        self, card: FeatureCard | None, library: WriterLibrary, ref: FeatureRef
    ) -> None:
        shipped = card.examples if card is not None else ()
        mine = library.own_examples(ref)
        self._fill(self._catalogue, shipped)
        self._catalogue_words.setText("" if shipped else words.NO_EXAMPLES)
        self._catalogue_words.setVisible(not shipped)
        self._fill(self._books, mine)
        self._books_words.setText(words.NOT_IN_BOOKS if library.has_own_books else words.NO_BOOKS)
        self._books_words.setVisible(not mine)

    def _fill(self, label: QLabel, examples: tuple[FeatureExample, ...]) -> None:
        gap = '<p style="margin:0; font-size:4px">&nbsp;</p>'
        shown = examples[:MAX_EXAMPLES]
        label.setText(gap.join(example_html(example, self._theme) for example in shown))
        label.setVisible(bool(shown))

    def _connect(self) -> None:
        for table in (self._here, self._near):
            table.grow_with_rows(ROWS_SHOWN)
            table.clicked.connect(table.open_at)
        self._here.opened.connect(self._ask_place)
        self._near.opened.connect(self._ask_feature)
        self.notes.changed.connect(self.mark_asked)
        self.notes.list_asked.connect(self._ask_list)

    def _arrange(self) -> None:
        px = self._theme.px
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._star, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._add, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(12), px(12), px(14))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self._source, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self._trust, self._numbers, self._band, self._writes):
            column.addWidget(widget)
        column.addWidget(self._raises)
        column.addWidget(self._lowers)
        column.addWidget(self._spread)
        column.addWidget(self._histogram)
        sections: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            ("In this document", (self._here_words, self._here)),
            ("In the model\u2019s catalogue", (self._catalogue_words, self._catalogue)),
            ("In your books", (self._books_words, self._books)),
            ("Nearest features", (self._near_words, self._near)),
            ("Yours", (self.notes,)),
        )
        for title, widgets in sections:
            column.addSpacing(px(6))
            column.addWidget(text_label(title, "title"))
            for widget in widgets:
                column.addWidget(widget)


def _unknown(ref: FeatureRef, library: WriterLibrary) -> FeatureCard:
    """Return a card for a feature that is in no catalogue."""
    return FeatureCard(
        ref=ref, label=library.label(ref), activation_density=0.0, max_activation=0.0
    )


def _examples_label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setMinimumWidth(1)
    return label
