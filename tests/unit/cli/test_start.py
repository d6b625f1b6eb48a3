"""What each command imports: a command waits for nothing that it does not use."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import usql
from tests.places import SESSIONS
from usql.cli.command import SUBCOMMANDS

EXPORT = str(SESSIONS)
COUNT = "SELECT country, COUNT(*) FROM usersession WHERE duration > 0 GROUP BY country"


def imported(*arguments: str, given: str = "") -> set[str]:
    """The modules that a process has imported when the command is done. An exit code above 1 is a
    failure of the test."""
    return imported_by([arguments], given)


def imported_by(commands: Sequence[Sequence[str]], given: str = "") -> set[str]:
    """Likewise where a process runs several commands, one after the other."""
    code = (
        "import json, sys; from usql.cli import run; "
        "code = max(run(command) for command in json.loads(sys.argv[1])); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(commands)],
        input=given, capture_output=True, text=True, check=False, timeout=60 * len(commands),
    )  # fmt: skip
    assert done.returncode <= 1, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [["--version"], ["fields"], ["fmt", "-"], ["check", "-"]], ids=lambda a: a[0]
)
def test_only_the_command_that_runs_is_imported(arguments: list[str]) -> None:
    modules = imported(*arguments, given="SELECT city FROM usersession\n")
    assert {n for n in SUBCOMMANDS if f"usql.cli.subcommands.{n}" in modules} == {
        *arguments[:1]
    } & {*SUBCOMMANDS}


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--version"], ["usql.language.parser", "usql.analysis"]),
        (["fields"], ["usql.language.parser", "usql.analysis"]),
        (["fmt", "-"], ["usql.analysis"]),
        (
            ["check", "-"],
            [
                *("yaml", "tree_sitter", "usql.planner", "usql.files.atomic"),
                *(f"usql.editor.embedded.{name}" for name in ("json", "python", "queries")),
            ],
        ),
    ],
    ids=lambda a: a[0],
)
def test_what_needs_no_data_imports_nothing_heavy(
    arguments: list[str], unneeded: list[str]
) -> None:
    heavy = {"numpy", "pyarrow", "rich", "lark", "pygls", "prompt_toolkit", "asyncio"}
    modules = imported(*arguments, given="SELECT city FROM usersession\n")
    assert not modules & {*heavy, *unneeded}


def test_a_saved_store_is_asked_without_readers_and_wrappers(tmp_path: Path) -> None:
    folder = tmp_path / "s.usqlstore"
    usql.open(EXPORT).save(folder)
    question = "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city"
    modules = imported("query", question, str(folder))
    assert "pyarrow" in modules
    unneeded = {
        *("pyarrow.compute", "pyarrow.parquet", "pyarrow.json", "pyarrow.csv", "pyarrow.fs"),
        *(
            "usql.store.loading.source",
            "usql.store.loading.json.ndjson",
            "usql.store.batches.encode",
            "usql.samples",
        ),
        *(
            "usql.store.loading.sink",
            "usql.store.loading.tables.tables",
            "usql.store.names",
            "usql.store.batches.flat",
        ),
    }
    assert not modules & unneeded


ASKED = {
    "csv": "SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country",
    "table": "SELECT name, COUNT(*) FROM useraction GROUP BY name ORDER BY COUNT(*) DESC, name",
    "line": "SELECT userSessionId, country, duration, startTime FROM usersession LIMIT 5",
    "response": "SELECT * FROM usersession",
    "json": "SELECT ip, MEDIAN(duration) FROM usersession WHERE city LIKE '%n%' AND userType = 'REAL_USER' "
    "AND useraction.name LIKE 'load%' GROUP BY ip",
    "ndjson": "SELECT DATETIME(startTime, 'yyyy-MM-dd'), COUNT(DISTINCT userId) FROM usersession "
    "WHERE stringProperties.tier = 'gold' GROUP BY DATETIME(startTime, 'yyyy-MM-dd')",
}
"""A question for each of some formats of the answer."""


@pytest.mark.parametrize("kind", ["ndjson", "parquet", "usqlstore"])
def test_files_are_asked_without_wrappers(tmp_path: Path, kind: str) -> None:
    """pyarrow's Python functions, masked arrays and relative dates come with a single call of an
    array's method, an array of numpy handed to Arrow, a value without a type."""
    source = tmp_path / f"data.{kind}"
    sessions = usql.open(EXPORT)
    if kind == "usqlstore":
        sessions.save(source)
    else:
        sessions.write(source)
    modules = imported_by(
        [["query", question, str(source), "--format", form] for form, question in ASKED.items()]
    )
    assert "pyarrow" in modules
    unneeded = {"pyarrow.compute", "numpy.ma", "dateutil", "pyarrow.dataset", "rich.console"}
    assert not modules & unneeded


@pytest.mark.parametrize(
    "text", ["SELEC city FROM usersession", "SELECT city FROM usersesion", "SELECT SUM(city) FROM usersession"]
)  # fmt: skip
@pytest.mark.parametrize("options", [[], ["--explain"], ["--on-error", "skip"]])
def test_what_no_data_can_change_is_refused_without_arrays(
    tmp_path: Path, text: str, options: list[str]
) -> None:
    """Whatever the data, be it there or not."""
    sources = EXPORT, str(tmp_path / "nothing.ndjson")
    modules = imported_by([["query", text, data, *options] for data in sources])
    assert not modules & {"numpy", "pyarrow", "rich"}


def test_an_unknown_field_is_refused_without_readers(tmp_path: Path) -> None:
    modules = imported("query", "SELECT cty FROM usersession", EXPORT)
    assert "usql.store.names" in modules
    unneeded = {"pyarrow.compute", "usql.engine", "usql.sessions", "usql.store.loading.source"}
    assert not modules & unneeded


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_no_command_imports_pandas(tmp_path: Path) -> None:
    """pyarrow would, with the first array that it is given."""
    store, parquet, lines = (str(tmp_path / n) for n in ("s.usqlstore", "s.parquet", "s.ndjson"))
    commands = [
        ["convert", EXPORT, store],
        ["convert", EXPORT, parquet],
        ["sample", "--sessions", "5", "-o", lines],
        *(["query", COUNT, source] for source in (store, parquet, lines)),
        ["query", COUNT, "--sample", "--format", "parquet", "-o", str(tmp_path / "o.parquet")],
        ["query", "SELECT * FROM useraction", store, "--format", "response"],
        ["shell", store],
    ]
    modules = imported_by(commands, given=f"{COUNT};\n.chart\n")
    assert "pyarrow" in modules
    assert not modules & {"pandas", "polars"}


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_pandas_is_there_after_the_command() -> None:
    """For a program that runs the command in its own process."""
    code = (
        "import sys; from usql.cli import run; assert run(sys.argv[1:]) == 0; import pandas, usql; "
        "frame = usql.open(pandas.DataFrame({'city': ['Linz', 'Wien']})).query("
        "'SELECT city FROM usersession ORDER BY city').to_pandas(); print(list(frame.city))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, "query", COUNT, "--sample", "--format", "csv"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "['Linz', 'Wien']"


def test_the_help_lists_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usql", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    listed = [
        line.split() for line in done.stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    ]
    assert [words[0] for words in listed] == [*SUBCOMMANDS]
    assert all(len(words) > 3 for words in listed)
