from __future__ import annotations

import re
from pathlib import Path

import pytest

from usql.server.tokens import check_token, is_same, made_token, public_part, token_in


def test_a_made_token_has_the_form_that_clients_check() -> None:
    tokens = {made_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"dt\d\w\d{2}\.[A-Z\d]{24}\.[A-Z\d]{64}", token) for token in tokens)
    for token in tokens:
        check_token(token)


@pytest.mark.parametrize(
    "token", ["", "x" * 31, "x" * 513, "x" * 31 + " ", "x" * 40 + "\n", "ä" * 40]
)
def test_tokens_that_are_none(token: str) -> None:
    with pytest.raises(
        ValueError, match="a token must have 32 to 512 printable ASCII characters"
    ) as refused:
        check_token(token)
    assert "xxx" not in str(refused.value)


def test_a_token_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("x" * 40 + "\n")
    for mode in (0o644, 0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(ValueError, match="can be read by others; run chmod 600 on it"):
            token_in(str(file))
    file.chmod(0o600)
    assert token_in(str(file)) == "x" * 40
    file.write_bytes(b"\xff" * 40)
    with pytest.raises(ValueError, match="a token must have"):
        token_in(str(file))
    with pytest.raises(FileNotFoundError):
        token_in(str(tmp_path / "other"))


def test_what_may_be_shown() -> None:
    assert public_part("dt0c01.AB.CD") == "dt0c01.AB"
    assert public_part("a" * 40) == ""
    assert public_part("a.b") == ""


def test_comparing() -> None:
    assert is_same("a", "a")
    assert not is_same("é\udc80".encode("utf-8", "replace").decode(), "a")
    assert not is_same("", "a")
