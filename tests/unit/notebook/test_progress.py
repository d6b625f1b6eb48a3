"""The bar below a cell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
from usql import notebook
from usql import progress as progress_module
from usql.notebook import progress as below

Drawn = list[tuple[str, dict[str, str]]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What a notebook is told to show, from the first report on."""
    told: Drawn = []

    class Handle:
        def display(self, shown: dict[str, str], raw: bool) -> None:
            assert raw
            told.append(("display", shown))

        def update(self, shown: dict[str, str], raw: bool) -> None:
            assert raw
            told.append(("update", shown))

    monkeypatch.setattr(below, "DisplayHandle", Handle)
    monkeypatch.setattr(below, "_PAUSE", 0.0)
    monkeypatch.setattr(notebook, "is_running", lambda: True)
    monkeypatch.setattr(progress_module, "_PATIENCE", 0.0)
    return told


def test_a_load_draws_one_bar_and_removes_it(tmp_path: Path, drawn: Drawn) -> None:
    path = tmp_path / "a.ndjson"
    usql.sample(sessions=300).write(path)
    assert len(usql.open(path)) == 300
    assert [how for how, _ in drawn] == ["display", *["update"] * (len(drawn) - 1)]
    assert len(drawn) >= 2
    assert all("<progress" in shown["text/html"] for _, shown in drawn[:-1])
    assert drawn[-1][1] == {"text/plain": "", "text/html": ""}


def test_a_failed_load_removes_it_too(tmp_path: Path, drawn: Drawn) -> None:
    path = tmp_path / "a.ndjson"
    usql.sample(sessions=300).write(path)
    bad = tmp_path / "b.ndjson"
    bad.write_text('{"userSessionId": "a", "duration": "long"}\n')
    with pytest.raises(usql.DataError):
        usql.open([path, bad])
    assert drawn
    assert drawn[-1][1]["text/plain"] == ""


def test_a_short_load_draws_nothing(
    tmp_path: Path, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "_PATIENCE", 1e9)
    path = tmp_path / "a.ndjson"
    usql.sample(sessions=300).write(path)
    usql.open(path)
    assert drawn == []


def test_who_asks_to_be_told_is_told_alone(tmp_path: Path, drawn: Drawn) -> None:
    path = tmp_path / "a.ndjson"
    usql.sample(sessions=300).write(path)
    told: list[usql.Progress] = []
    usql.open(path, progress=told.append)
    assert isinstance(told[-1], usql.Progress)
    assert drawn == []


@pytest.mark.parametrize(
    ("progress", "said", "bar"),
    [
        (usql.Progress(2_500_000, 10_000_000, 7), "loading: 25% of 10 MB, 7 sessions", ' value="0.250"'),
        (usql.Progress(20, 10, 7), "loading: 100% of 10 bytes, 7 sessions", ' value="1.000"'),
        (usql.Progress(20, 0, 7), "loading: 7 sessions", ""),
    ],
)  # fmt: skip
def test_what_is_drawn(progress: usql.Progress, said: str, bar: str, drawn: Drawn) -> None:
    below.Bar().show(progress)
    assert drawn == [
        ("display", {"text/plain": said, "text/html": f"<progress{bar}></progress> <small>{said}</small>"})
    ]  # fmt: skip


def test_drawings_are_far_between(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(below, "_PAUSE", 1e9)
    bar = below.Bar()
    monkeypatch.setattr(bar, "_drawn", -1e10)
    for sessions in range(5):
        bar.show(usql.Progress(1, 2, sessions))
    assert len(drawn) == 1


def test_outside_of_notebooks_nothing_asks_for_ipython() -> None:
    code = (
        "import sys, usql; from usql import notebook; usql.open([{'city': 'x'}]); "
        "print(notebook.is_running(), 'IPython' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_terminals_ipython_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    def running(shell: object) -> Callable[[], Any]:
        return lambda: shell

    for shell, is_notebook in ((None, False), (object(), False), (HasKernel(), True)):
        monkeypatch.setattr("IPython.core.getipython.get_ipython", running(shell))
        assert notebook.is_running() is is_notebook


class HasKernel:
    """The shell that a kernel has."""

    kernel = object()
