"""A notebook that is executed: what its cells show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.long

CELLS = {
    "open": """
        import usql
        usql.sample(sessions=300).write("some.ndjson")
        sessions = usql.open("some.ndjson")
        sessions""",
    "result": 'sessions.query("SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 2")',
    "error": """
        def ask(text):
            return sessions.query(text)

        ask("SELECT cty FROM usersession")""",
    "bad data": 'usql.open([{"userSessionId": "a", "duration": "long"}])',
    "bar": """
        import usql.progress
        usql.progress._PATIENCE = 0.0
        with usql.open("some.ndjson") as other:
            pass
        other""",
    "frames": """
        import pandas as pd, polars as pl
        days = sessions.query("SELECT city, COUNT(*) FROM usersession GROUP BY city LIMIT 2")
        list(pd.DataFrame(days)), pl.DataFrame(days).columns""",
    "await": """
        import asyncio
        (await asyncio.to_thread(sessions.query, "SELECT COUNT(*) FROM usersession")).rows()""",
    "load": "%load_ext usql",
    "cell": "%%usql sessions --to cities\nSELECT city, COUNT(*) FROM usersession GROUP BY city LIMIT 2",
    "named": "cities.columns, len(cities)",
    "stays": "%%usql --profile offline\nSELECT COUNT(*) / 2 FROM usersession",
    "refused": "%%usql\nSELECT COUNT(*) / 2 FROM usersession",
    "wrong": "%%usql --profile vendor\nSELECT COUNT(*) FROM usersession",
    "unload": "%unload_ext usql",
    "unknown": "%%usql\nSELECT COUNT(*) FROM usersession",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The outputs of each cell."""
    import textwrap

    home: Path = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook()
    for name, source in CELLS.items():
        cell = nbformat.v4.new_code_cell(textwrap.dedent(source).strip())
        cell.metadata["name"] = name
        book.cells.append(cell)
    client = NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": str(home)}}
    )
    client.execute()
    return {cell.metadata["name"]: cell.outputs for cell in book.cells}


def text(outputs: list[Any]) -> str:
    (output,) = outputs
    return str(output["data"]["text/plain"])


def test_a_result_is_a_table(shown: dict[str, list[Any]]) -> None:
    (output,) = shown["result"]
    assert (
        '<table class="usql"><thead><tr><th scope="col">country</th>' in output["data"]["text/html"]
    )
    first, kinds, _, *rows = output["data"]["text/plain"].splitlines()
    assert (first.split(), kinds.split()) == (["country", "count(*)"], ["string", "integer"])
    assert len(rows) == 3


def test_an_error_is_the_query(shown: dict[str, list[Any]]) -> None:
    (output,) = shown["error"]
    assert output["output_type"] == "error"
    assert "\n".join(output["traceback"]).splitlines() == [
        "Cell In[3], line 2",
        "usql.UsqlError: error[USQL202] unknown-field: usersession has no field `cty`.",
        "  --> query:1:8",
        "  |",
        "1 | SELECT cty FROM usersession",
        "  |        ^^^",
        "  = correction: write city",
        "  = correction: write country",
    ]


def test_bad_data_is_told_in_a_line(shown: dict[str, list[Any]]) -> None:
    (output,) = shown["bad data"]
    place, said = output["traceback"]
    assert place == "Cell In[4], line 1"
    assert said.startswith("usql.DataError: ")
    assert "duration" in said


def test_a_bar_comes_and_goes(shown: dict[str, list[Any]]) -> None:
    bar, closed = shown["bar"]
    assert bar["output_type"] == "display_data"
    assert bar["data"] == {"text/plain": "", "text/html": ""}
    assert closed["data"]["text/plain"] == "<Sessions: closed>"


def test_data_frames_keep_names(shown: dict[str, list[Any]]) -> None:
    assert text(shown["frames"]) == "(['city', 'count(*)'], ['city', 'count(*)'])"


def test_coroutines_ask_by_threads(shown: dict[str, list[Any]]) -> None:
    assert text(shown["await"]) == "[[300]]"


def test_cells_are_queries(shown: dict[str, list[Any]]) -> None:
    assert shown["load"] == []
    (output,) = shown["cell"]
    assert '<th scope="col">city</th>' in output["data"]["text/html"]
    assert text(shown["named"]) == "(['city', 'count(*)'], 2)"
    assert text(shown["stays"]).splitlines()[-2].strip() == "150.0"


def test_a_refused_cell_shows_its_query(shown: dict[str, list[Any]]) -> None:
    (output,) = shown["refused"]
    place, said = output["traceback"]
    assert place.startswith("Cell In[")
    assert "1 | SELECT COUNT(*) / 2 FROM usersession" in said


def test_wrong_options_are_told_in_a_line(shown: dict[str, list[Any]]) -> None:
    (output,) = shown["wrong"]
    assert output["text"].startswith("UsageError: argument --profile: invalid choice: 'vendor'")
    assert output["text"].count("\n") == 1


def test_what_is_unloaded_is_gone(shown: dict[str, list[Any]]) -> None:
    assert shown["unload"] == []
    (output,) = shown["unknown"]
    assert "`%%usql` not found" in output["text"]
