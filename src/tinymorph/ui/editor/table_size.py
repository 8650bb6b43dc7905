"""The question how many rows and columns a new table should have."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QWidget

from tinymorph.ui.editor.table_commands import MAX_COLUMNS, MAX_ROWS

FIRST_ROWS, FIRST_COLUMNS = 3, 3


def ask_table_size(parent: QWidget) -> tuple[int, int] | None:
    """Return rows (with the header) and columns; None if the writer thought better of it."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Table")
    form = QFormLayout(dialog)
    rows, columns = QSpinBox(), QSpinBox()
    for box, most, first in ((rows, MAX_ROWS, FIRST_ROWS), (columns, MAX_COLUMNS, FIRST_COLUMNS)):
        box.setRange(1, most)
        box.setValue(first)
    form.addRow("&Rows, with the header:", rows)
    form.addRow("&Columns:", columns)
    answers = QDialogButtonBox.StandardButton
    buttons = QDialogButtonBox(answers.Ok | answers.Cancel)
    buttons.button(answers.Ok).setText("Insert")
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    form.addRow(buttons)
    is_given = dialog.exec() == QDialog.DialogCode.Accepted
    result = (rows.value(), columns.value()) if is_given else None
    dialog.deleteLater()
    return result
