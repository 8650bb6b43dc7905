"""Between the session's rack and the one on screen: every wish goes in, every change is shown."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Condition
from tinymorph.session.change import SessionChange
from tinymorph.session.rack import Rack
from tinymorph.session.session import WritingSession
from tinymorph.ui.announce import announce
from tinymorph.ui.rack.condition import ConditionDialog, choices_for
from tinymorph.ui.rack.rack import SteeringRack
from tinymorph.ui.rack.row import Wish
from tinymorph.ui.rack.view import rack_view

UNDONE = "The last change of the rack is taken back."
REDONE = "The change of the rack is made again."
NOTHING_TO_UNDO = "There is no change of the rack to take back."
NOTHING_TO_REDO = "No change of the rack was taken back."
NOTHING_TO_COMPARE = "The rack has not been changed yet, so there is nothing to compare."


class RackPlayer(QObject):
    """Let the session's rack and the widget play together."""

    changed = Signal(object)
    """The `SessionChange` that a wish led to."""
    news = Signal(str)

    def __init__(self, session: WritingSession, widget: SteeringRack, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._widget = session, widget
        self._pacing = QTimer(self)
        self._pacing.setSingleShot(True)
        self._pacing.timeout.connect(self._tick)
        widget.wished.connect(self.do)
        widget.condition_asked.connect(self.ask_condition)

    def do(self, wish: Wish) -> None:
        """Do what the writer wants of the rack."""
        change = wish(self._session.rack)
        self.keep_pace()
        if change:
            self.changed.emit(change)

    def add(self, ref: FeatureRef) -> None:
        """Give a feature a slider; one that is there already gets the focus."""
        self.do(lambda rack: rack.add(ref))
        self._widget.focus_feature(ref)

    def undo(self) -> None:
        """Take the last change of the rack back."""
        if self._session.rack.can_undo:
            self.do(Rack.undo)
            announce(self._widget, UNDONE)
        else:
            self.news.emit(NOTHING_TO_UNDO)

    def redo(self) -> None:
        """Change the rack again."""
        if self._session.rack.can_redo:
            self.do(Rack.redo)
            announce(self._widget, REDONE)
        else:
            self.news.emit(NOTHING_TO_REDO)

    def compare(self) -> None:
        """Hear the rack before its last change, and back."""
        if self._session.rack.can_compare:
            self.do(Rack.compare)
        else:
            self.news.emit(NOTHING_TO_COMPARE)

    def ask_condition(self, ref: FeatureRef) -> None:
        """Ask where a term is to act."""
        term = self._session.rack.state.term(ref)
        if term is None:
            return
        library = self._widget.library
        dialog = ConditionDialog(
            ref,
            term.condition,
            library,
            choices_for(self._session, library, ref),
            self._widget.theme,
            self._widget,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(partial(self._set_condition, ref))
        dialog.open()

    def redraw(self, change: SessionChange) -> None:
        """Show what of a change concerns the rack."""
        if change.rack or change.suggestions or change.model:
            self._widget.show_view(rack_view(self._session, self._widget.library))

    def keep_pace(self) -> None:
        """Be called again when a slider's newest place is due to be heard."""
        due_in = self._session.rack.due_in
        if due_in is None:
            self._pacing.stop()
        else:
            self._pacing.start(round(1000 * due_in) + 1)

    def _set_condition(self, ref: FeatureRef, condition: Condition) -> None:
        self.do(lambda rack: rack.set_condition(ref, condition))

    def _tick(self) -> None:
        self.do(Rack.tick)
