"""What changed between two texts, to be read: words that went and came, and little around them."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QTextBrowser, QWidget

from tinymorph.text.diff import diff_words
from tinymorph.text.merge_texts import MergePiece
from tinymorph.ui.panel.diff_view import diff_html
from tinymorph.ui.theme import Theme

MOST_CHANGES = 150
"""More are counted, not shown: nobody reads them, and the page would wait for them."""
LONG_CHARACTERS = 20_000
"""A change longer than this is shown as what went and what came, without comparing words."""
AROUND_CHARACTERS = 160
RESTORE = "restore:"


class ChangesView(QTextBrowser):
    """Show pieces of two texts; where it is offered, each change can be asked for by itself."""

    piece_asked = Signal(int)
    """The index of the piece that is to be taken over."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("changes")
        self.setFont(theme.page_font())
        self.setAccessibleName("Changes")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.anchorClicked.connect(self._ask)

    def show_pieces(self, pieces: Sequence[MergePiece], offer: str = "") -> None:
        """Show what leads from `mine` to `theirs`; `offer` names what a click on a change does."""
        blocks: list[str] = []
        shown = 0
        for index, piece in enumerate(pieces):
            if piece.mine == piece.theirs or piece.kind == "same":
                blocks.append(self._unchanged(piece.mine))
                continue
            shown += 1
            if shown > MOST_CHANGES:
                continue
            blocks.append(self._change(piece))
            if not offer:
                blocks.append('<p style="margin:0; font-size:5pt">&nbsp;</p>')
            else:
                link = f'<a href="{RESTORE}{index}">{html.escape(offer)}</a>'
                blocks.append(f'<p style="margin:2px 0 14px 0; font-size:small">{link}</p>')
        if shown > MOST_CHANGES:
            blocks.append(self._soft(f"and {shown - MOST_CHANGES:,} more changes"))
        if not shown:
            blocks = [self._soft("There is no difference.")]
        self._show("".join(blocks))

    def show_words(self, before: str, after: str) -> None:
        """Show what leads from one wording to another."""
        self._show(diff_html(diff_words(before, after), self._theme))

    def show_sentence(self, sentence: str) -> None:
        """Say something in place of changes."""
        self._show(self._soft(sentence))

    def _show(self, body: str) -> None:
        link = self._theme.colours.accent
        self.document().setDefaultStyleSheet(f"a {{ color: {link}; }}")
        self.setHtml(body)

    def _change(self, piece: MergePiece) -> str:
        before, after = piece.mine.strip("\r\n"), piece.theirs.strip("\r\n")
        if len(before) + len(after) > LONG_CHARACTERS:
            gone, come = (len(text.split()) for text in (before, after))
            return self._soft(f"{gone:,} words go and {come:,} come here")
        return diff_html(diff_words(before, after), self._theme)

    def _unchanged(self, text: str) -> str:
        """Show where a stretch that stayed begins and ends."""
        words = text.strip()
        if not words:
            return ""
        if len(words) > 2.5 * AROUND_CHARACTERS:
            first = words[:AROUND_CHARACTERS].rsplit(maxsplit=1)[0]
            last = words[-AROUND_CHARACTERS:].split(maxsplit=1)[-1]
            count = max(len(words.split()) - len(first.split()) - len(last.split()), 0)
            middle = self._soft(f"\u22ef {count:,} words unchanged \u22ef")
            return self._quiet(first + " \u2026") + middle + self._quiet("\u2026 " + last)
        return self._quiet(words)

    def _quiet(self, words: str) -> str:
        colour = self._theme.colours.soft
        body = html.escape(words).replace("\n", "<br>")
        return f'<p style="color:{colour}; line-height:138%; margin:6px 0">{body}</p>'

    def _soft(self, sentence: str) -> str:
        colour = self._theme.colours.soft
        return f'<p style="color:{colour}; margin:6px 0"><i>{html.escape(sentence)}</i></p>'

    def _ask(self, url: QUrl) -> None:
        words = url.toString()
        if words.startswith(RESTORE):
            self.piece_asked.emit(int(words.removeprefix(RESTORE)))
