"""The lines of a piece: which there are, and what makes the slow path decide."""

from __future__ import annotations

import numpy as np
import pytest

from usql.store.bad_data import NeedsSlowPath
from usql.store.loading.json.lines import Lines, line_ends


def lines(text: bytes) -> Lines:
    return Lines(text, line_ends(text))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1}\n{}\n{"b": 2}\n',
        b'{"a": 1}\n{}\n{"b": 2}',
        b'  {"a": 1}\r\n\n\t{} \n \n{"b": 2}\n',
        b'\n{"a": 1}\n{}\n{"b": 2}\n\n',
    ],
)
def test_blank_lines_and_white_space_are_none(text: bytes) -> None:
    found = lines(text)
    assert [found.line(n).strip() for n in range(found.count)] == [b'{"a": 1}', b"{}", b'{"b": 2}']


@pytest.mark.parametrize("text", [b"[{}]\n", b"{}\nnull\n", b'{"a":\n1}\n', b'{}\n{"a": 1', b"1\n"])
def test_a_line_that_is_no_object_is_left_to_the_slow_path(text: bytes) -> None:
    with pytest.raises(NeedsSlowPath):
        lines(text)


def test_chosen_lines_are_their_text_alone_if_they_are_few() -> None:
    text = b'{"a": 1}\n{"a": 2}\n{"a": 3}\n'
    found = lines(text)
    assert found.of(np.array([False, True, False])) == b'{"a": 2}'
    assert found.of(np.array([False, False, False])) == b""
    assert found.of(np.array([True, True, False])) == text


def test_ends_are_those_of_terminated_lines() -> None:
    assert line_ends(b"a\n\nbc").tolist() == [1, 2]
    assert line_ends(b"").tolist() == []
