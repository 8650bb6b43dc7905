"""Colours laid over the page that are no part of the document, and the numbers of list items."""

from __future__ import annotations

from PySide6.QtGui import (
    QColor,
    QFont,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextDocument,
)

from tinymorph.text.document import Block, Inline
from tinymorph.ui.editor.formats import MARKS, marks_of, structure_and_kind, structure_of
from tinymorph.ui.editor.numbering import NO_LISTS, Lists, after
from tinymorph.ui.editor.receipts import RECEIPT, has_receipts
from tinymorph.ui.editor.tables import table_at
from tinymorph.ui.theme import Theme


class PageAppearance(QSyntaxHighlighter):
    """Show links, code and the like in the colours of the theme, and count list items.

    Qt calls it for each block that changed, and for the next one as long as the block's state
    changed; the state is the lists that are open, so a number is right wherever it is painted.
    """

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._shows_receipts = False
        self._states: list[Lists] = [NO_LISTS]
        self._state_ids: dict[Lists, int] = {NO_LISTS: 0}

    def set_theme(self, theme: Theme) -> None:
        """Show the whole page in another theme."""
        is_other = theme.colours != self._theme.colours
        self._theme = theme
        if is_other:
            self.rehighlight()

    def show_receipts(self, *, is_on: bool) -> None:
        """Mark what was accepted, by colour and a dashed line, or show it as all else."""
        if is_on == self._shows_receipts:
            return
        self._shows_receipts = is_on
        block = self.document().begin()
        while block.isValid():
            if has_receipts(block):
                self.rehighlightBlock(block)
            block = block.next()

    def number_of(self, block: QTextBlock) -> int:
        """Return the number that a list item shows."""
        structure = structure_of(block.blockFormat())
        known = self._lists(block.userState()).at(structure.level)
        return known.last if known is not None else 1

    def highlightBlock(self, text: str) -> None:
        """Lay colours over one block; Qt calls this for every block that changed."""
        block = self.currentBlock()
        structure, kind = structure_and_kind(block.blockFormat())
        self._count(structure)
        if not text:
            return
        if kind == "cell" and _is_in_header(block):
            header = QTextCharFormat()
            header.setFontWeight(QFont.Weight.Bold)
            self.setFormat(0, block.length(), header)
            return
        for run in block.textFormats():
            fmt = run.format
            is_accepted = self._shows_receipts and fmt.hasProperty(RECEIPT)
            if not (is_accepted or fmt.hasProperty(MARKS)):
                continue
            marks = marks_of(fmt)
            if is_accepted or marks.code or marks.source or marks.link is not None:
                shown = self._format_for(marks, is_accepted=is_accepted)
                self.setFormat(run.start, run.length, shown)

    def _count(self, structure: Block) -> None:
        """Keep in the block's state which lists are open after it."""
        before = self.previousBlockState()
        if before <= 0 and structure.kind != "list_item":
            if self.currentBlockState() > 0:
                self.setCurrentBlockState(0)
            return
        lists, _ = after(self._lists(before), structure)
        state = self._state_ids.get(lists)
        if state is None:
            state = self._state_ids[lists] = len(self._states)
            self._states.append(lists)
        self.setCurrentBlockState(state)

    def _lists(self, state: int) -> Lists:
        return self._states[state] if 0 <= state < len(self._states) else NO_LISTS

    def _format_for(self, marks: Inline, *, is_accepted: bool) -> QTextCharFormat:
        shown, colours = QTextCharFormat(), self._theme.colours
        if marks.code or marks.source:
            shown.setBackground(QColor(colours.code_wash))
        if marks.source:
            shown.setForeground(QColor(colours.soft))
        if marks.link is not None:
            shown.setForeground(QColor(colours.accent))
            shown.setFontUnderline(True)
        if is_accepted:
            shown.setBackground(QColor(colours.accent_wash))
            shown.setUnderlineColor(QColor(colours.accent))
            shown.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        return shown


def _is_in_header(block: QTextBlock) -> bool:
    table = table_at(block)
    return table is not None and table.cellAt(block.position()).row() == 0
