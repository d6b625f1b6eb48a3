"""A kind of chart is one file: what it declares is what every other part knows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.places import SESSIONS
from tests.tools.docs import kinds_table
from tests.tools.docs.copied import copy_with, done
from tests.tools.docs.declaring import assert_refused
from usql.formats.kinds import KINDS
from usql.result.charts import kinds as folder

DOTS = """\
from usql.formats.kind import Kind
from usql.result.charts.view import View

KIND = Kind("dots", "a dot per row", 65, "a number")


def fits(plot):
    return bool(plot.numbers)


def suits(plot):
    return False


def view(plot):
    return View({"data": {"values": []}, "mark": "point"})
"""


def test_python_knows_a_new_kind(tmp_path: Path) -> None:
    copy_with(tmp_path, "result/charts/kinds/dots.py", DOTS)
    code = (
        "import sys, usql; answer = usql.open(sys.argv[1]).query('SELECT duration FROM usersession LIMIT 5'); "
        "print(answer.chart('dots').spec['mark'], answer.chart().kind)"
    )
    assert done(tmp_path, "-c", code, str(SESSIONS)) == "point histogram\n"


def test_every_kind_is_what_its_module_declares() -> None:
    assert kinds_table.declared() == list(KINDS.values())


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("other", DOTS, "other declares no KIND of its name"),
        ("dots", "", "dots declares no KIND of its name"),
        ("dots", DOTS.replace("def suits", "def suit"), "dots has no suits"),
        ("dots", DOTS.replace("65", "60"), "takes rank 60 as"),
    ],
)
def test_a_wrong_declaration_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, refusal: str
) -> None:
    assert_refused(tmp_path, monkeypatch, folder, kinds_table.declared, (name, text), refusal)
