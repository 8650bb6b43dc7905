"""The feature card: what is known of one feature, and how it is known."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from tinymorph.schema.feature import FeatureCard, FeatureRef
from tinymorph.ui.inspector.example_view import example_html
from tinymorph.ui.inspector.feature_rows import share_of
from tinymorph.ui.labels import shown_token, tag_label, text_label
from tinymorph.ui.theme import Theme

MAX_EXAMPLES = 5
MAX_LOGITS = 8
_SOURCES = {"automatic": "automatic label", "written": "", "yours": "your label"}
_SOURCE_HELP = "Made from the feature's strongest words; nobody has checked it."


class FeatureCardView(QFrame):
    """Show a `FeatureCard`."""

    rack_asked = Signal(object)
    """The `FeatureRef` to put on the rack."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ref: FeatureRef | None = None
        self.setObjectName("card")
        self._label = text_label("", "title")
        self._source = tag_label("", "mark")
        self._source.setToolTip(_SOURCE_HELP)
        self._numbers = text_label("", "soft")
        self._raises = text_label("", "")
        self._lowers = text_label("", "")
        self._examples_title = text_label("Where it was most active", "soft")
        self._examples = QLabel()
        self._examples.setWordWrap(True)
        self._examples.setTextFormat(Qt.TextFormat.RichText)
        self._examples.setMinimumWidth(1)
        self._add = QPushButton("Add to rack")
        self._add.setToolTip("Give this feature a slider (R)")
        self._add.clicked.connect(self.ask_rack)
        self._arrange()

    @property
    def ref(self) -> FeatureRef | None:
        """Return the feature on show."""
        return self._ref

    def show_feature(self, ref: FeatureRef | None, card: FeatureCard | None, theme: Theme) -> None:
        """Show a feature, one of which only the id is known, or nothing."""
        self._ref, self._theme = ref, theme
        self.setVisible(ref is not None)
        if card is not None:
            self._show_card(card)
        elif ref is not None:
            unknown = FeatureCard(
                ref=ref, label=f"Feature {ref}", activation_density=0.0, max_activation=0.0
            )
            self._show_card(unknown)
            self._source.hide()
            self._numbers.setText("The catalogue says nothing of this feature.")

    def ask_rack(self) -> None:
        """Ask for a slider for the feature on show."""
        if self._ref is not None:
            self.rack_asked.emit(self._ref)

    def _show_card(self, card: FeatureCard) -> None:
        source = _SOURCES[card.label_source]
        self._label.setText(card.label)
        self._source.setText(source)
        self._source.setVisible(bool(source))
        self._source.adjustSize()
        self._numbers.setText(
            _unbroken(
                f"Feature {card.ref}",
                f"active on {share_of(card.activation_density)}",
                f"max activation {card.max_activation:.1f}",
            )
        )
        _show_logits(self._raises, "Raises", card.top_logits)
        _show_logits(self._lowers, "Lowers", card.bottom_logits)
        shown = card.examples[:MAX_EXAMPLES]
        gap = '<p style="margin:0; font-size:4px">&nbsp;</p>'
        self._examples.setText(gap.join(example_html(example, self._theme) for example in shown))
        self._examples.setVisible(bool(shown))
        self._examples_title.setVisible(bool(shown))
        self._add.setAccessibleName(f"Add {card.label} to the rack")
        self.setAccessibleName(f"Feature {card.label}")
        self.setAccessibleDescription(self._numbers.text())

    def _arrange(self) -> None:
        px = self._theme.px
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._add, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(12), px(12), px(14))
        column.setSpacing(px(7))
        column.addLayout(head)
        column.addWidget(self._source, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self._numbers, self._raises, self._lowers):
            column.addWidget(widget)
        column.addSpacing(px(4))
        column.addWidget(self._examples_title)
        column.addWidget(self._examples)


def _unbroken(*parts: str) -> str:
    """Join parts so that a line ends between them and never inside one."""
    return " \u00b7 ".join(part.replace(" ", "\u00a0") for part in parts)


def _show_logits(label: QLabel, verb: str, tokens: tuple[str, ...]) -> None:
    words = "  ".join(shown_token(token).strip() for token in tokens[:MAX_LOGITS])
    label.setVisible(bool(words.strip()))
    label.setText(f"{verb}:  {words}")
