"""Colours and fonts laid over the page that are no part of the document."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from tinymorph.ui.editor.document_map import fragments_of
from tinymorph.ui.editor.formats import is_verbatim, kind_of, marks_of
from tinymorph.ui.theme import Theme, mono_families


class PageAppearance(QSyntaxHighlighter):
    """Show headings, links and code in the colours and fonts of the theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._mono = mono_families()

    def set_theme(self, theme: Theme) -> None:
        """Show the whole page in another theme."""
        self._theme = theme
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Lay formats over one block; Qt calls this for every block that changed."""
        del text  # Python's length of it is not Qt's
        block = self.currentBlock()
        if kind_of(block.blockFormat()) == "heading":
            heading = QTextCharFormat()
            heading.setFontWeight(QFont.Weight.Bold)
            self.setFormat(0, block.length(), heading)
            return
        if is_verbatim(block.blockFormat()):
            self.setFormat(0, block.length(), self._code_format())
            return
        for fragment in fragments_of(block):
            marks = marks_of(fragment.charFormat())
            if not (marks.code or marks.link):
                continue
            shown = self._code_format() if marks.code else QTextCharFormat()
            if marks.code:
                shown.setBackground(QColor(self._theme.colours.code_wash))
            if marks.link:
                shown.setForeground(QColor(self._theme.colours.accent))
                shown.setFontUnderline(True)
            self.setFormat(fragment.position() - block.position(), fragment.length(), shown)

    def _code_format(self) -> QTextCharFormat:
        result = QTextCharFormat()
        result.setFontFamilies(self._mono)
        return result
