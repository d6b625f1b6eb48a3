"""``usql rule``: every rule is explained, in text and JSON."""

from __future__ import annotations

import json

import pytest

from tests.terminal import Terminal
from usql.cli.command import invoke
from usql.editor.explanations import explanation
from usql.language.rules import RULES


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert invoke(["rule", *arguments]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return out


@pytest.mark.parametrize("name", ["use-in", "USQL704", "usql704", "Use-In"])
def test_a_rule_by_its_name_or_code(capfd: pytest.CaptureFixture[str], name: str) -> None:
    assert printed(capfd, name).splitlines() == [
        "information[USQL704] use-in",
        "",
        "Several equalities of one field joined by `OR` can be written as one `IN`.",
        "",
        "Reported:",
        '  SELECT city FROM usersession WHERE country = "Spain" OR country = "France"',
        "",
        "Corrected:",
        '  SELECT city FROM usersession WHERE country IN ("Spain", "France")',
        "",
        "usql check --fix corrects it.",
        "usql check --ignore use-in does not report it, and a comment in the query, -- usql: ignore[use-in],",
        "silences it there.",
        "",
        "Rule 5.4 of the language: https://github.com/usql-engine/usql/blob/main/docs/LANGUAGE.md#5.4",
    ]


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("metric-arithmetic", '--profile offline, in Python profile="offline", has no such limit.'),
        ("double-equals", "usql check --fix corrects it."),
        ("unknown-field", "usql check --fix --unsafe-fixes corrects it where a correction is offered."),
        ("empty-list", "  SELECT city FROM usersession WHERE country IN ()"),
        ("timeout", "The query took longer than its time limit (`--timeout`, in Python `timeout`)."),
    ],
)  # fmt: skip
def test_what_one_can_do(capfd: pytest.CaptureFixture[str], name: str, last: str) -> None:
    *_, told, blank, reference = printed(capfd, name).splitlines()
    assert (told, blank) == (last, "")
    assert reference.endswith(RULES[name].reference)


def test_what_only_a_person_can_mean(capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(capfd, "unfiltered-children")
    assert "editors offer it, but --fix does not apply it." in text
    assert "selects sessions;" in text
    assert text.count("LANGUAGE.md") == 1


@pytest.mark.long
def test_on_a_narrow_terminal_no_word_is_broken() -> None:
    terminal = Terminal(["rule", "use-in"], 40, 40)
    assert terminal.end() == 0
    lines = terminal.text.split("\n")
    start = lines.index("Reported:")
    assert lines[start + 1 : start + 4] == [
        "  SELECT city FROM usersession WHERE",
        '  country = "Spain" OR country =',
        '  "France"',
    ]


def test_all_of_them(capfd: pytest.CaptureFixture[str]) -> None:
    lines = printed(capfd).splitlines()
    assert [line.split()[:2] for line in lines] == sorted([r.code, r.name] for r in RULES.values())
    assert lines[0].endswith(RULES["syntax"].summary)
    listed = json.loads(printed(capfd, "--format", "json"))
    assert [one["code"] for one in listed] == [line.split()[0] for line in lines]


@pytest.mark.parametrize("name", RULES)
def test_each_is_explained(name: str) -> None:
    told = explanation(RULES[name])
    assert told.rule is RULES[name]
    assert told.text.endswith((".", "`."))
    assert not told.text.startswith(("Error", "Warning", "Information"))
    assert "\n" not in told.text


def test_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capfd, "USQL504", "--format", "json")) == {
        "code": "USQL504", "name": "metric-arithmetic", "severity": "error",
        "summary": "The profile cannot calculate with metrics.", "section": "7.26",
        "reference": "https://github.com/usql-engine/usql/blob/main/docs/LANGUAGE.md#7.26",
        "text": "The server does not calculate with metrics.",
        "example": "SELECT SUM(duration) / 1000 FROM usersession", "correction": None, "corrected": None,
    }  # fmt: skip
    for name, corrected in (
        ("use-in", "safe"),
        ("unfiltered-children", "by hand"),
        ("syntax", "unsafe"),
    ):
        assert json.loads(printed(capfd, name, "--format", "json"))["corrected"] == corrected


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("usein", "There is no rule 'usein'; did you mean use-in, use-not-in?"),
        ("USQL7O4", "There is no rule 'USQL7O4'; did you mean USQL704,"),
        ("704", "There is no rule '704'; did you mean USQL704,"),
        ("quantum", "There is no rule 'quantum'; usql rule lists them all."),
    ],
)
def test_an_unknown_rule(capfd: pytest.CaptureFixture[str], name: str, said: str) -> None:
    assert invoke(["rule", name]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
