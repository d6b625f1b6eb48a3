"""Bytes as text: UTF-8, or what a mark says."""

from __future__ import annotations

import codecs

import pytest

from usql.errors import NotTextError
from usql.files.encoding import encoding_of

MARKS = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("text", ["", "a", "Málaga\n", "\N{PILE OF POO}", "a\0", "a\r\nb"])
@pytest.mark.parametrize("name", MARKS)
def test_there_and_back(name: str, text: str) -> None:
    data = MARKS[name] + text.encode(name.removesuffix("-sig"))
    found = encoding_of(data)
    assert found.decode(data) == text
    assert found.encode(text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\nb\xfc", "byte 4, in line 2, is not UTF-8"),
        (codecs.BOM_UTF8 + b"\xff", "byte 4, in line 1, is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"a\0\n\0b", "byte 7, in line 2, is not UTF-16"),
        (codecs.BOM_UTF16_BE + b"\xd8\x00\x00a", "byte 3, in line 1, is not UTF-16"),
        (codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff", "byte 5, in line 1, is not UTF-32"),
        (b"\xff", "byte 1, in line 1, is not UTF-8"),
    ],
)
def test_what_is_no_text(data: bytes, message: str) -> None:
    with pytest.raises(NotTextError) as caught:
        encoding_of(data).decode(data)
    assert str(caught.value) == message
