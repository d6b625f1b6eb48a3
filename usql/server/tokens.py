"""The token that clients send: generating it, reading it from a file, comparing it; and the cookie that
stands for it."""

from __future__ import annotations

import hmac
import re
import secrets
import string
from pathlib import Path

_LETTERS = string.ascii_uppercase + string.digits
_TOKEN = re.compile(r"[!-~]{32,512}")


def made_token() -> str:
    """A new token in the vendor's format, which clients check before they send it: ``dt0c01.``, 24
    public characters, a dot, and 64 secret characters (330 bits)."""
    public, secret = ("".join(secrets.choice(_LETTERS) for _ in range(n)) for n in (24, 64))
    return f"dt0c01.{public}.{secret}"


def check_token(token: str) -> None:
    """``ValueError`` for a token that is too short, or that no header could carry. The message does
    not contain the token."""
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ValueError("a token must have 32 to 512 printable ASCII characters and no spaces")


def token_in(file: str) -> str:
    """The token in a file that only its owner may read. ``ValueError`` if others may read it, or it
    contains no valid token; ``OSError`` if it cannot be read."""
    path = Path(file)
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{file} can be read by others; run chmod 600 on it")
    token = path.read_text(encoding="utf-8", errors="replace").strip()
    check_token(token)
    return token


def is_same(candidate: str, token: str) -> bool:
    """Whether they are equal, compared in constant time."""
    return hmac.compare_digest(candidate.encode(errors="surrogatepass"), token.encode())


def cookie_of(token: str) -> str:
    """The value of the cookie that stands for the token. The token cannot be computed from it, and a
    server with another token does not accept it."""
    return hmac.new(token.encode(), b"usql page", "sha256").hexdigest()


def public_part(token: str) -> str:
    """The part of a token that may be shown, before its secret; empty for a token in another
    format."""
    shown, point, _ = token.rpartition(".")
    return shown if point and token.startswith("dt0c01.") else ""
