"""Tell a passage in another language from English, and stay silent where that is not sure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_SHORTEST = 6
"""Different words below which only the script tells."""
_SHARE = 0.15
_ENGLISH_WORDS = """
    the of and to a in that is was he for it with as his on be at by i this had not are but from or
    have an they which you were her she all would there their we him been has when who will no more
    if out so up said what its about than into them can only other my your our could do did then
    some thou thee thy hath doth ye me am die see
"""
_FOREIGN_WORDS = """
    der das und ist nicht ich sie wir ein eine einen einem dem den mit auf für von zu zum zur sich
    auch wie aber nach über
    le la les des du est et une que qui dans pour pas sur avec il elle nous vous ce cette au aux ne se
    son sa ses
    el los las y en un una por con para es su lo como más del al pero sus
    di che non per sono gli della nel alla più
    os um uma não com mais dos das
    het een van niet dat ik zijn op te voor aan maar de
    och att det som är inte jag på av för med till han hon var
    og ikke jeg til har
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = frozenset(_FOREIGN_WORDS.split())


def is_foreign(text: str) -> bool:
    """Say whether a passage is surely not English: by its script, or by its small words.

    Names, dialect, old spellings and passages of a few words count as English.
    """
    letters = [char for char in text if char.isalpha()]
    latin = sum(bool(_LATIN.match(char)) for char in letters)
    if latin * 2 < len(letters):
        return True
    words = {word.lower() for word in _WORD.findall(text)}
    if len(words) < _SHORTEST:
        return False
    foreign = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    return foreign >= 2 and foreign >= _SHARE * len(words) and foreign > 2 * english
