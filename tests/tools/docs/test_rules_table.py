"""A rule of the editor is one file: what it declares is what every other part knows of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.docs import rules_table
from tests.tools.docs.copied import copy_with, done
from usql.editor import rules as folder
from usql.editor.rules.registry import checks
from usql.language.rules import LANGUAGE_RULES, RULES

ANY_ROWS = """\
from usql.language.diagnostics import diagnostic
from usql.language.rules import Rule, Severity


def any_rows(subject):
    if subject.query.limit is not None and not subject.query.order_by:
        yield diagnostic("any-rows", "Which rows these are is open.", subject.query.span)


RULES = {
    any_rows: (
        Rule(
            "USQL799",
            "any-rows",
            Severity.INFORMATION,
            "2.9",
            "LIMIT without order.",
            explanation="Which rows are shown is open.",
            example="SELECT city FROM usersession LIMIT 5",
        ),
    )
}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a copy of the package is, with a rule more."""
    place = tmp_path_factory.mktemp("package")
    copy_with(place, "editor/rules/any_rows.py", ANY_ROWS)
    return place


def test_a_new_rule_is_reported_chosen_and_silenced(package: Path) -> None:
    query = "SELECT city FROM usersession LIMIT 5\n"
    check = ("-m", "usql", "check", "-", "--select")
    assert "USQL799" in done(package, *check, "any-rows", given=query)
    assert "USQL799" in done(package, *check, "USQL799", given=query)
    assert "USQL799" not in done(package, *check, "USQL6", given=query)
    silenced = f"-- usql: ignore[any-rows]\n{query}"
    assert "USQL799" not in done(package, *check, "any-rows,unknown-rule", given=silenced)


def test_the_list_of_rules_and_the_pages_have_a_new_rule(package: Path) -> None:
    assert "any-rows" in done(package, "-m", "usql", "rule")
    assert "Which rows are shown is open." in done(package, "-m", "usql", "rule", "any-rows")
    code = "from tests.tools.docs.rules_pages import {0}; print({0}())"
    diagnostics = done(package, "-c", code.format("diagnostics"))
    assert "| `any-rows` | information | LIMIT without order. |" in diagnostics
    assert (
        "### `any-rows` (USQL799)\n\nInformation ([2.9](LANGUAGE.md#2.9)). Which rows are shown is "
        "open.\n\n    SELECT city FROM usersession LIMIT 5\n"
    ) in done(package, "-c", code.format("rules"))


def test_every_rule_of_the_editor_is_what_its_file_declares() -> None:
    found = rules_table.declared()
    assert found == [RULES[rule.name] for rule in found]
    assert {*found, *LANGUAGE_RULES} == {*RULES.values()}
    assert not {*found} & {*LANGUAGE_RULES}


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file more in the folder of the rules, for this test alone."""
    name = f"{folder.__name__}.other"
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    checks.cache_clear()
    yield tmp_path / "other.py"
    sys.modules.pop(name, None)
    folder.__dict__.pop("other", None)
    checks.cache_clear()


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [
        (("USQL799", "USQL610"), "other declares USQL610 as .*patterns does"),
        (("any-rows", "use-in"), "other declares use-in as .*lists does"),
        (("USQL799", "USQL101"), "USQL101 any-rows is taken"),
        (("any-rows", "syntax"), "USQL799 syntax is taken"),
    ],
)
def test_what_is_taken_is_refused(other: Path, taken: tuple[str, str], refusal: str) -> None:
    other.write_text(ANY_ROWS.replace(*taken), encoding="utf-8")
    with pytest.raises(ValueError, match=refusal):
        rules_table.declared()
