"""Where links may lead, and the names by which headings are led to."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from tinymorph.text.document import Document
from tinymorph.text.formats.spans import plain_text

SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp"})
"""What a link may begin with; addresses without a scheme lead into the same folder."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
_NOT_IN_A_NAME = re.compile(r"[^\w\- ]")


def safe_address(target: str | None) -> str | None:
    """Return where a link leads; None if it leads nowhere, or where no document should lead.

    What browsers overlook inside a scheme (line ends, tabs) is overlooked here too.
    """
    if target is None or not target.strip():
        return None
    seen = _UNSEEN.sub("", target)
    scheme = _SCHEME.match(unquote(seen)) or _SCHEME.match(seen)
    if scheme is not None and scheme[1].lower() not in SAFE_SCHEMES:
        return None
    return target.strip().replace("\n", "").replace("\r", "").replace("\t", "")


def in_ascii(address: str) -> str:
    """Return an address in the characters that every program takes for one."""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~-._", errors="replace")


def is_remote(target: str) -> bool:
    """Say whether something lies elsewhere than on this machine."""
    return _SCHEME.match(target) is not None or target.startswith(("//", "\\\\"))


def heading_names(document: Document) -> tuple[str, ...]:
    """Return a name for each heading, in their order, as code hosts make them.

    `## Bread & butter` is led to by `#bread--butter`; a second one of the name gets `-1`.
    """
    names: list[str] = []
    taken: dict[str, int] = {}
    for block in document.blocks:
        if block.kind != "heading":
            continue
        words = plain_text(block.inlines).strip().lower()
        name = _NOT_IN_A_NAME.sub("", words).replace(" ", "-") or "section"
        unique = name
        while unique in taken:
            unique = f"{name}-{taken[name]}"
            taken[name] += 1
        taken[unique] = 1
        names.append(unique)
    return tuple(names)
