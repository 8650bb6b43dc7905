"""What to ask for: the task, the writer's own words, and under a button how exactly."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.events import ModelInfo
from tinymorph.schema.request import LONGEST_INSTRUCTION, MOST_STYLES, ProtectedKind
from tinymorph.session.options import AskingOptions
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

ASK_WIDTH_PX = 82
"""Wide enough for both of its words, so that nothing jumps."""
COUNT_WIDTH_PX, SEED_WIDTH_PX = 64, 130
MOST_ALTERNATIVES = 8
LARGEST_SEED = 2**31 - 1
KINDS: tuple[tuple[ProtectedKind, str], ...] = (
    ("name", "Names"),
    ("number", "Numbers"),
    ("quotation", "Quotations"),
)


class AskingBar(QWidget):
    """Show `AskingOptions` and pass on what the writer makes of them."""

    suggest_asked = Signal()
    others_asked = Signal()
    cancel_asked = Signal()
    options_chosen = Signal(object)
    """The `AskingOptions` as they should be."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._options = AskingOptions()
        self._is_writing = False
        self._is_showing = False
        self.task = QComboBox()
        self.task.setAccessibleName("What to do with the paragraph")
        self.task.setToolTip("What the model is asked to do")
        self.task.setMinimumContentsLength(10)
        self.task.setPlaceholderText("No model")
        self.ask = QPushButton("Suggest")
        self.ask.setProperty("kind", "primary")
        self.others = QPushButton("Others")
        self.others.setToolTip("Ask again with other seeds (Ctrl+Shift+Enter)")
        self.unfold = QToolButton()
        self.unfold.setText("Options")
        self.unfold.setCheckable(True)
        self.unfold.setToolTip("How many, which seed, the twin, and what must stay")
        self.instruction = QLineEdit()
        self.instruction.setMaxLength(LONGEST_INSTRUCTION)
        self.instruction.setAccessibleName("What else to do, in your own words")
        self.instruction.setPlaceholderText("What else to do, in your own words")
        self._make_details()
        self._arrange()
        self._connect()

    def show_options(
        self,
        options: AskingOptions,
        model: ModelInfo | None,
        *,
        can_ask: bool,
        is_writing: bool,
        has_cards: bool,
    ) -> None:
        """Show how the next asking would be; what the model cannot do is not there."""
        self._options, self._is_writing, self._is_showing = options, is_writing, True
        self._show_tasks(options, model)
        takes_words = model is not None and model.takes_instruction
        self.instruction.setVisible(takes_words)
        if not self.instruction.hasFocus():
            self.instruction.setText(options.instruction)
        self._show_styles(options, model)
        self.twin.setChecked(options.with_twin)
        self.count.setValue(options.alternatives)
        if not self.seed.hasFocus():
            self.seed.setValue(options.seed)
        for kind, box in self.kinds.items():
            box.setChecked(kind in options.protect)
        self.ask.setText("Stop" if is_writing else "Suggest")
        self.ask.setEnabled(can_ask)
        self.ask.setMinimumWidth(self._theme.px(ASK_WIDTH_PX))
        self.ask.setToolTip(f"{self.ask.text()} ({'Esc' if is_writing else 'Ctrl+Enter'})")
        self.others.setVisible(has_cards)
        self.others.setEnabled(can_ask and not is_writing)
        self._is_showing = False

    def set_theme(self, theme: Theme) -> None:
        """Keep lengths in step with the zoom."""
        self._theme = theme
        px = theme.px
        self._column.setSpacing(px(8))
        self._row.setSpacing(px(8))
        self._form.setHorizontalSpacing(px(10))
        self._form.setVerticalSpacing(px(6))
        self._form.setContentsMargins(px(2), 0, 0, px(4))
        self.count.setFixedWidth(px(COUNT_WIDTH_PX))
        self.seed.setFixedWidth(px(SEED_WIDTH_PX))

    def _show_tasks(self, options: AskingOptions, model: ModelInfo | None) -> None:
        tasks = model.tasks if model is not None else ()
        if tuple(self.task.itemData(number) for number in range(self.task.count())) != tasks:
            self.task.clear()
            for task in tasks:
                self.task.addItem(task.replace("_", " ").capitalize(), task)
        self.task.setEnabled(bool(tasks))
        if options.task in tasks:
            self.task.setCurrentIndex(tasks.index(options.task))

    def _show_styles(self, options: AskingOptions, model: ModelInfo | None) -> None:
        """Let a style be named where the model takes any, or be chosen where it knows some."""
        takes_any = model is not None and model.takes_any_style
        known = model.styles if model is not None else ()
        self._form.setRowVisible(self.style_field, takes_any)
        self._form.setRowVisible(self.style_choice, bool(known))
        if not self.style_field.hasFocus():
            self.style_field.setText(", ".join(options.like))
        wanted = ("", *known)
        shown = tuple(self.style_choice.itemData(n) for n in range(self.style_choice.count()))
        if shown != wanted:
            self.style_choice.clear()
            for style in wanted:
                self.style_choice.addItem(style or "As it is", style)
        chosen = options.like[0] if options.like and options.like[0] in known else ""
        self.style_choice.setCurrentIndex(wanted.index(chosen))

    def _make_details(self) -> None:
        self.details = QWidget()
        self.details.hide()
        self._form = QFormLayout(self.details)
        self.count = QSpinBox()
        self.count.setRange(1, MOST_ALTERNATIVES)
        self.count.setAccessibleName("How many alternatives")
        self.seed = QSpinBox()
        self.seed.setRange(0, LARGEST_SEED)
        self.seed.setAccessibleName("Seed of the first alternative")
        self.seed.setToolTip("The same seed gives the same words again")
        self.style_field = QLineEdit()
        self.style_field.setAccessibleName("Style in plain words")
        self.style_field.setPlaceholderText("archaic, sparse")
        self.style_choice = QComboBox()
        self.style_choice.setAccessibleName("Style")
        self.twin = QCheckBox("Also rewrite without the rack")
        self.twin.setToolTip("Also rewrite without the rack, with the same seeds, to compare")
        self.kinds = {kind: QCheckBox(words) for kind, words in KINDS}
        keep = QWidget()
        row = QHBoxLayout(keep)
        row.setContentsMargins(0, 0, 0, 0)
        keep.setToolTip("Words that you select yourself are protected by Ctrl+L")
        for box in self.kinds.values():
            box.setAccessibleName(f"Leave {box.text().lower()} as they are")
            row.addWidget(box)
        row.addStretch(1)
        for words, field in (
            ("How many", self.count),
            ("Seed", self.seed),
            ("Style", self.style_field),
            ("Style", self.style_choice),
            ("Keep", keep),
            ("Twin", self.twin),
        ):
            label = text_label(words, "soft")
            label.setWordWrap(False)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
            self._form.addRow(label, field)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _arrange(self) -> None:
        self._row = QHBoxLayout()
        self._row.addWidget(self.task, 1)
        for widget in (self.unfold, self.others, self.ask):
            self._row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._row)
        self._column.addWidget(self.instruction)
        self._column.addWidget(self.details)
        self.set_theme(self._theme)

    def _connect(self) -> None:
        self.ask.clicked.connect(self._pressed)
        self.others.clicked.connect(self.others_asked)
        self.unfold.toggled.connect(self.details.setVisible)
        self.task.currentIndexChanged.connect(self._choose)
        self.style_choice.currentIndexChanged.connect(self._choose)
        self.instruction.editingFinished.connect(self._choose)
        self.instruction.returnPressed.connect(self.suggest_asked)
        self.style_field.editingFinished.connect(self._choose)
        self.count.valueChanged.connect(self._choose)
        self.seed.valueChanged.connect(self._choose)
        for box in (self.twin, *self.kinds.values()):
            box.toggled.connect(self._choose)

    def _pressed(self) -> None:
        (self.cancel_asked if self._is_writing else self.suggest_asked).emit()

    def _choose(self) -> None:
        """Pass on what the controls say, unless they were only being set."""
        if self._is_showing:
            return
        like = tuple(word.strip() for word in self.style_field.text().split(",") if word.strip())
        if not self._form.isRowVisible(self.style_field):
            chosen = self.style_choice.currentData()
            like = (chosen,) if chosen else ()
        self.options_chosen.emit(
            replace(
                self._options,
                task=self.task.currentData() or self._options.task,
                instruction=self.instruction.text().strip(),
                like=like[:MOST_STYLES],
                alternatives=self.count.value(),
                seed=self.seed.value(),
                with_twin=self.twin.isChecked(),
                protect=frozenset(kind for kind, box in self.kinds.items() if box.isChecked()),
            )
        )

    def focus_ask(self) -> None:
        """Put the focus on the button that asks."""
        self.ask.setFocus(Qt.FocusReason.ShortcutFocusReason)
