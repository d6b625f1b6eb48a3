"""The package as a whole: its public names, what it imports, and the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

import usql
from tests.places import ROOT

DOCUMENTATION = "https://github.com/usql-engine/usql/blob/main"


def test_public_names_are_true_and_sorted() -> None:
    assert usql.__all__ == sorted(usql.__all__)
    for name in usql.__all__:
        assert getattr(usql, name) is not None
        value = getattr(usql, name)
        assert get_origin(value) is Literal or value.__doc__
        assert getattr(value, "__module__", None) in ("usql", "typing")  # as messages name it
    with pytest.raises(AttributeError):
        usql.nothing  # noqa: B018


def test_the_profiles_of_type_checkers_are_those_there_are() -> None:
    from usql.analysis.profile import PROFILES

    assert get_args(usql.ProfileName) == tuple(PROFILES)


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert usql.__version__ == project["version"]


def fresh(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


HEAVY = ("numpy", "pyarrow", "rich", "pandas", "polars", "click", "lark")


def test_importing_is_light() -> None:
    assert fresh(f"import usql, sys; print([m for m in {HEAVY!r} if m in sys.modules])") == "[]"


def test_checking_and_formatting_need_no_arrays() -> None:
    code = f"import usql, sys; usql.check('SELECT cty FROM t'); usql.format('select 1 from t'); print([m for m in {HEAVY!r} if m in sys.modules])"
    assert fresh(code) == "[]"


def test_every_rule_has_a_page_that_is_there() -> None:
    from usql.language.rules import DOCUMENTATION, RULES

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Documentation"] == DOCUMENTATION
    for rule in RULES.values():
        page, place = rule.page.removeprefix(f"{DOCUMENTATION}/").split("#")
        text = (ROOT / page).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        slugs = [re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles]
        assert place in [*slugs, *re.findall(r'<a id="([^"]+)">', text)]


def test_one_grammar_file() -> None:
    assert [
        p.relative_to(ROOT).as_posix()
        for p in ROOT.rglob("*.lark")
        if not any(part.startswith(".venv") for part in p.parts)
    ] == ["grammar/usql.lark"]


@pytest.mark.long
def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = tmp_path.glob("usql_engine-*.whl")
    opened = zipfile.ZipFile(wheel)
    names = opened.namelist()
    (metadata,) = (n for n in names if n.endswith("METADATA"))
    page = opened.read(metadata).decode()
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) == len(re.findall(r"\]\(", (ROOT / "README.md").read_text())) > 10
    assert all(link.startswith("https://") for link in links)  # a package index has no files
    assert "/raw.githubusercontent.com/usql-engine/usql/main/docs/usql.svg" in page
    assert f"Project-URL: Documentation, {DOCUMENTATION}" in page
    assert {"usql/language/usql.lark", "usql/language/tables.json"} <= {*names}
    assert "usql/py.typed" in names
    static = [path.name for path in (ROOT / "usql/server/static").iterdir()]
    assert {f"usql/server/static/{name}" for name in ("index.html", "page.js", *static)} <= {*names}
    assert not any(name.startswith(("tests", "benchmarks", "web")) for name in names)
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", str(wheel)], check=True, timeout=300, cwd=tmp_path
    )
    done = subprocess.run(
        [python.with_name("usql"), "query", "SELECT COUNT(*) FROM usersession", "--sample", "--format", "csv"],
        capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == ["count(*)", "1000"]
    subprocess.run(
        [python.with_name("usql"), "rule", "use-in"], check=True, timeout=60, cwd=tmp_path
    )
