"""What the window needs to know of the feature catalogue, and small labels made of it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from tinymorph.schema.feature import FeatureCard, FeatureRef


class FeatureLibrary(Protocol):
    """Say what features are called and find them by word; all offline, all quick."""

    def card(self, ref: FeatureRef) -> FeatureCard | None:
        """Return all that is known of a feature; None if it is not in the catalogue."""
        ...

    def label(self, ref: FeatureRef) -> str:
        """Return the feature's name, or its id where it has none."""
        ...

    def search(self, words: str, limit: int = 50) -> tuple[FeatureCard, ...]:
        """Return the features whose label or examples hold the words."""
        ...


def text_label(text: str = "", role: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that wraps, with the look of `role` in the style sheet."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    policy = label.sizePolicy()
    policy.setHeightForWidth(True)
    policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
    label.setSizePolicy(policy)
    label.setMinimumWidth(1)
    return label


def tag_label(text: str, role: str, parent: QWidget | None = None) -> QLabel:
    """Return a small label that keeps to its own width."""
    label = QLabel(text, parent)
    label.setProperty("role", role)
    label.setIndent(0)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def set_state(widget: QWidget, name: str, value: str) -> None:
    """Change a property that the style sheet looks at, and let it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def shown_token(token: str) -> str:
    """Return a token as a reader can see it: spaces and line ends have marks."""
    return token.replace("\n", "\u21b5").replace(" ", "\u00b7") if not token.strip() else token
