"""Promises about files that are not plain UTF-8."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinymorph.errors import FileProblemError
from tinymorph.text.encoding import (
    CharacterDoesNotFitError,
    EncodingUnknownError,
    decode,
    encode,
    find_candidates,
)
from tinymorph.text.files import open_text, save_atomically

LETTERS = {
    "cp1252": "Grüße aus München \u2014 l\u2019été y est naïve et beau\n",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy\n",
    "cp1251": "Привет, как дела? Это письмо.\n",
    "koi8-r": "Привет, как дела? Это письмо.\n",
    "cp932": "これは日本語の手紙です。\n",
    "gb18030": "这是一封中文信。你好吗？\n",
    "big5": "這是一封中文信。你好嗎？\n",
    "cp949": "안녕하세요. 이것은 편지입니다.\n",
    "cp1253": "Καλημέρα, τι κάνεις\n",
    "cp1255": "שלום עולם, מה שלומך\n",
    "mac-roman": "café déjà vu\n",
    "utf-16-le": "Dear Ada, naïve\n",
    "utf-16-be": "Dear Ada, naïve\n",
}
PLACE = Path("letter.md")


@pytest.mark.parametrize(("encoding", "text"), LETTERS.items())
def test_a_foreign_file_is_asked_about_and_saved_as_it_was(
    tmp_path: Path, encoding: str, text: str
) -> None:
    path = tmp_path / "letter.md"
    data = text.encode(encoding)
    path.write_bytes(data)
    with pytest.raises(EncodingUnknownError) as caught:
        open_text(path)
    readings = [candidate.preview for candidate in caught.value.candidates]
    assert text.strip() in readings
    assert len(set(readings)) == len(readings)
    chosen = caught.value.candidates[readings.index(text.strip())]
    opened = open_text(path, chosen.encoding)
    assert opened.text == text
    save_atomically(path, opened.text, opened)
    assert path.read_bytes() == data
    save_atomically(path, text + "more\n", opened)
    assert path.read_bytes() == (text + "more\n").encode(encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "koi8-r", "cp932", "gb18030", "cp949"])
def test_the_likeliest_reading_of_a_longer_text_comes_first(encoding: str) -> None:
    text = LETTERS[encoding] * 8
    first = find_candidates(text.encode(encoding))[0]
    assert first.preview.startswith(text.split("\n", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_needs_no_question_and_is_kept(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    path = tmp_path / "letter.md"
    data = mark + "Dear Ada 😀\r\n".encode(encoding)
    path.write_bytes(data)
    opened = open_text(path)
    assert (opened.text, opened.encoding, opened.has_bom) == ("Dear Ada 😀\r\n", encoding, True)
    assert save_atomically(path, opened.text, opened) == opened
    assert path.read_bytes() == data


def test_a_character_that_does_not_fit_is_named_and_utf_8_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "letter.md"
    path.write_bytes(b"caf\xe9")
    opened = open_text(path, "cp1252")
    with pytest.raises(CharacterDoesNotFitError, match=r"Windows-1252\) has no \u201cж\u201d"):
        save_atomically(path, "café ж", opened)
    assert path.read_bytes() == b"caf\xe9"
    save_atomically(path, "café ж", replace(opened, encoding="utf-8"))
    assert open_text(path).text == "café ж"


def test_an_encoding_that_does_not_fit_the_bytes_is_refused() -> None:
    with pytest.raises(EncodingUnknownError, match=r"cannot be read as UTF-8") as caught:
        decode(PLACE, b"caf\xe9", "utf-8")
    assert caught.value.candidates[0].preview == "café"
    with pytest.raises(FileProblemError, match="no encoding called latin-klingon"):
        decode(PLACE, b"cafe", "latin-klingon")


def test_a_text_without_its_mark_in_two_bytes_a_letter_is_not_taken_for_utf_8() -> None:
    data = "Dear Ada".encode("utf-16-le")
    with pytest.raises(EncodingUnknownError) as caught:
        decode(PLACE, data)
    assert caught.value.candidates[0].encoding == "utf-16-le"
    assert decode(PLACE, data, "utf-8").text == "D\0e\0a\0r\0 \0A\0d\0a\0"


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_exactly_or_asked_about(data: bytes) -> None:
    try:
        read = decode(PLACE, data)
    except EncodingUnknownError as error:
        for candidate in error.candidates:
            read = decode(PLACE, data, candidate.encoding)
            again = encode(PLACE.name, read.text, read.encoding, has_bom=read.has_bom)
            assert again == data
    else:
        assert encode(PLACE.name, read.text, read.encoding, has_bom=read.has_bom) == data


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=50), st.sampled_from(sorted(LETTERS)))
def test_what_is_written_reads_back_as_it_was_or_is_refused(text: str, encoding: str) -> None:
    try:
        data = encode(PLACE.name, text, encoding)
    except FileProblemError:
        return
    assert data.decode(encoding) == text
