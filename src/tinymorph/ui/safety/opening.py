"""A file on its way to the page: its encoding asked about, and who else has it open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import TinymorphError
from tinymorph.text.encoding import EncodingUnknownError
from tinymorph.text.file_problems import name_of
from tinymorph.text.files import OpenedText, has_other_names, is_read_only, open_text
from tinymorph.ui.safety.ask import Questions
from tinymorph.ui.safety.locks import DocumentLocks

OTHER_NAMES = "{name} has another name (a hard link); saving leaves that one with the old text."
READ_ONLY_FILE = "{name} is read-only; changes can be saved under another name."
READ_ONLY_PAGE = "{name} is open in another window; here it can be read and copied."
A_COPY = "This is a copy of {name}, without a file of its own yet."


@dataclass(frozen=True, slots=True)
class Reading:
    """What comes to the page."""

    text: str
    path: Path | None
    """None for what has no file of its own."""
    opened: OpenedText | None = None
    may_edit: bool = True
    news: str = ""


def read_for_page(path: Path, questions: Questions, locks: DocumentLocks) -> Reading | None:
    """Read a file, asking whatever has to be asked; None if it is not to be opened.

    A file that is not there yet, in a folder that is, is an empty page that will become it.
    """
    is_new = not path.exists() and path.parent.is_dir()
    try:
        opened = None if is_new else _read(path, questions)
    except TinymorphError as error:
        questions.tell_trouble(error)
        return None
    if opened is None and not is_new:
        return None
    text, name = opened.text if opened is not None else "", name_of(path)
    holder = locks.hold(path)
    manner = "edit" if holder is None else questions.how_to_open_held(name, holder)
    match manner:
        case "cancel":
            return None
        case "copy":
            return Reading(text, None, news=A_COPY.format(name=name))
        case "read_only":
            news = READ_ONLY_PAGE.format(name=name)
            return Reading(text, path, opened, may_edit=False, news=news)
        case "edit":
            return Reading(text, path, opened, news=_news(path, name))


def _read(path: Path, questions: Questions) -> OpenedText | None:
    encoding: str | None = None
    while True:
        try:
            return open_text(path, encoding)
        except EncodingUnknownError as error:
            if not error.candidates:
                raise
            encoding = questions.which_encoding(name_of(path), error.candidates)
            if encoding is None:
                return None


def _news(path: Path, name: str) -> str:
    if is_read_only(path):
        return READ_ONLY_FILE.format(name=name)
    return OTHER_NAMES.format(name=name) if has_other_names(path) else ""
