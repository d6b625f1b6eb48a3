from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import usql
from tests.unit.server.asking import TOKEN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "short"),
        ("hosts", ["http://localhost"]), ("hosts", ["Shop.example"]), ("hosts", ["a b"]), ("hosts", ["*"]),
        ("allow_origins", ["*"]), ("allow_origins", ["null"]), ("allow_origins", ["shop.example"]),
        ("allow_origins", ["https://shop.example/"]), ("allow_origins", ["https://*.shop.example"]),
        ("allow_origins", ["HTTPS://shop.example"]),
        ("now", "yesterday"), ("now", 1.5),
        ("profile", "other"), ("timeout", -1), ("timeout", "x"), ("log_queries", 1),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(sessions: usql.Sessions, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        usql.server.app(sessions, **{"token": TOKEN, name: value})


def test_what_is_missing_is_told() -> None:
    program = (
        "import sys\n"
        "sys.modules['starlette'] = None\n"
        "import usql\n"
        "try:\n"
        "    usql.server.app(None, token='x' * 40)\n"
        "except ImportError as error:\n"
        "    print(error)\n"
        "from usql.cli import main\n"
        "sys.argv = ['usql', 'serve', '--sample']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "usql.server needs starlette: pip install 'usql-engine[server]'\n"
    assert (
        "The server needs starlette and uvicorn: pip install 'usql-engine[server]'." in done.stderr
    )
    assert done.returncode == 2


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    program = "import sys, usql; usql.server; print([m for m in ('starlette', 'uvicorn', 'numpy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
