"""Lines of words, some of them in quotes."""

from __future__ import annotations

import pytest

from usql.words import split_words


def test_words() -> None:
    assert split_words("") == []
    assert split_words(" a  'b c' \"d'e\" f\\ g ") == ["a", "b c", "d'e", "f g"]


def test_words_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usql.words.os.name", "nt")
    assert split_words("C:\\new\\a.ndjson 'C:\\b c' \"d\"") == ["C:\\new\\a.ndjson", "C:\\b c", "d"]


def test_an_open_quote() -> None:
    with pytest.raises(ValueError, match="a quote is not closed"):
        split_words("a 'b")
