"""A format is one file: what it declares is what every other part knows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.places import SESSIONS
from tests.tools.docs import formats_table
from tests.tools.docs.copied import copy_with, done
from tests.tools.docs.declaring import assert_refused
from usql.formats import FORMATS
from usql.result import formats as folder

TSV = """\
from usql.formats.format import Format

FORMAT = Format("tsv", "tabs between cells", ("tsv", "tab"), shows_cells=True)


def pieces(result, options):
    yield b"\\t".join(name.encode() for name in result.columns) + b"\\n"
    for row in result.to_arrow().to_pylist():
        yield "\\t".join(map(str, row.values())).encode() + b"\\n"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a copy of the package is, with a format more."""
    place = tmp_path_factory.mktemp("package")
    copy_with(place, "result/formats/tsv.py", TSV)
    return place


QUERY = "SELECT country, COUNT(*) AS n FROM usersession GROUP BY country ORDER BY country LIMIT 2"


def test_the_command_writes_a_new_format(package: Path) -> None:
    ask = ("-m", "usql", "query", QUERY, str(SESSIONS))
    written = done(package, *ask, "--format", "tsv")
    assert written.startswith("country\tn\n")
    assert len(written.splitlines()) == 3
    assert done(package, *ask, "-o", "answer.tab") == ""
    assert (package / "answer.tab").read_text(encoding="utf-8") == written
    assert done(package, *ask, "--format", "tsv", "--null", "-") == written


def test_the_help_the_shell_and_python_know_a_new_format(package: Path) -> None:
    assert "table|tree|tsv" in done(package, "-m", "usql", "query", "--help")
    shell = done(package, "-m", "usql", "shell", str(SESSIONS), given=f".format tsv\n{QUERY};\n")
    assert "country\tn\n" in shell
    code = (
        "import sys, usql; answer = usql.open(sys.argv[1]).query(sys.argv[2]); "
        "answer.write('python.tsv'); print(open('python.tsv').read())"
    )
    assert done(package, "-c", code, str(SESSIONS), QUERY).startswith("country\tn\n")


def test_every_format_is_what_its_module_declares() -> None:
    assert formats_table.declared() == list(FORMATS.values())


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("other", TSV, "other declares no FORMAT of its name"),
        ("tsv", "", "tsv declares no FORMAT of its name"),
        ("tsv", TSV.replace("def pieces", "def write"), "tsv has no pieces"),
        ("tsv", TSV.replace('"tab"', '"csv"'), r"tsv takes \.csv as csv does"),
    ],
)
def test_a_wrong_declaration_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, refusal: str
) -> None:
    assert_refused(tmp_path, monkeypatch, folder, formats_table.declared, (name, text), refusal)
