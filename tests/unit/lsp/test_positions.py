from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, PositionEncodingKind, Range, TextDocumentContentChangePartial
from pygls.workspace import PositionCodec

from usql.language.diagnostics import Span
from usql.lsp.documents import Document
from usql.lsp.positions import Positions

TEXTS = st.text(alphabet=st.sampled_from("ab \n\r\té€🏙\u2028\x0b"), max_size=30)
ENCODINGS = st.sampled_from(list(PositionEncodingKind))


@given(TEXTS, ENCODINGS, st.data())
def test_positions_lead_back(
    text: str, encoding: PositionEncodingKind, data: st.DataObject
) -> None:
    positions = Positions(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    back = positions.offset(positions.position(offset))
    inside_line_end = text[offset - 1 : offset + 1] == "\r\n"
    assert back == (offset - 1 if inside_line_end and offset else offset)


@pytest.mark.parametrize(
    ("encoding", "column"),
    [
        (PositionEncodingKind.Utf8, 7),
        (PositionEncodingKind.Utf16, 4),
        (PositionEncodingKind.Utf32, 3),
    ],
)
def test_columns_count_code_units(encoding: PositionEncodingKind, column: int) -> None:
    positions = Positions("x\nÄ🏙a'", encoding)
    assert positions.position(5) == Position(1, column)
    assert positions.offset(Position(1, column)) == 5


def test_positions_beyond_the_text_are_its_ends() -> None:
    positions = Positions("ab\ncd", "utf-16")
    assert positions.offset(Position(0, 99)) == 2
    assert positions.offset(Position(1, 99)) == 5
    assert positions.offset(Position(9, 0)) == 5


def test_other_line_ends_of_python_are_none() -> None:
    positions = Positions("a\u2028b\x0bc\nd", "utf-16")
    assert positions.position(6) == Position(1, 0)


def test_parts_of_lines() -> None:
    text = "ab\ncd\r\n\nef"
    positions = Positions(text, "utf-16")
    assert [text[p.start : p.end] for p in positions.lines(Span(1, 9))] == ["b", "cd", "e"]
    assert positions.lines(Span(2, 3)) == []


@given(TEXTS, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), TEXTS), max_size=6))
def test_changes_one_after_the_other(text: str, changes: list[tuple[int, int, str]]) -> None:
    document = Document("file:///a", text, position_codec=PositionCodec())
    for start, length, written in changes:
        positions = document.positions()
        span = Span(min(start, len(text)), min(start + length, len(text)))
        range_ = Range(positions.position(span.start), positions.position(span.end))
        span = positions.span(range_)
        document.apply_change(TextDocumentContentChangePartial(range_, written))
        text = text[: span.start] + written + text[span.end :]
        assert document.source == text
