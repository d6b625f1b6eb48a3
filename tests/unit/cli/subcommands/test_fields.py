"""``usql fields``: lists, search and one field."""

from __future__ import annotations

import json

import pytest

from tests.terminal import Terminal
from usql.catalog import default_catalog
from usql.cli.command import invoke


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert invoke(["fields", *arguments]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return out


def names(text: str) -> list[str]:
    """The fields that are listed: the first words of indented lines."""
    return [line.split()[0] for line in text.splitlines() if line.startswith("  ")]


def test_all_and_those_of_a_table(capfd: pytest.CaptureFixture[str]) -> None:
    every = printed(capfd)
    assert names(every) == [f.name for table in default_catalog() for f in table.fields]
    one = printed(capfd, "UserError")
    assert one.splitlines()[0] == "usererror: Errors and crashes."
    assert names(one) == [f.name for f in default_catalog().table("usererror").fields]


def test_a_word_is_looked_for_in_names_then_in_meanings(capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(capfd, "DURAT")
    assert [line for line in text.splitlines() if line[:1].isalpha()] == [
        "usersession: Closed user sessions.",
        "useraction: User actions: page loads, clicks, requests.",
    ]
    assert names(text) == ["duration", "duration"]
    assert names(printed(capfd, "looked up")) == ["continent", "country", "region", "city", "isp"]


def test_one_field(capfd: pytest.CaptureFixture[str]) -> None:
    assert printed(capfd, "useraction.Duration").splitlines() == [
        "useraction.duration  long",
        "How long the action took from start to end. In ms.",
        "In queries of useraction: duration; of usersession useraction.duration, a list per session.",
        "It has very many values: the vendor calls its cardinality extremely high.",
    ]
    values = printed(capfd, "usersession.displayResolution")
    assert " CGA, " in values
    assert ", qHD." in values
    assert "stringProperties.KEY" in printed(capfd, "usersession.stringProperties")
    assert "Only old exports have it." in printed(capfd, "useraction.failedImages")
    assert "computed if the data does not have it" in printed(capfd, "useraction.isEntryAction")
    for name in ("country", "geolocationCountryName"):
        assert "Older exports call it geolocationCountryName." in printed(
            capfd, f"usersession.{name}"
        )


def test_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capfd, "usersession.userType", "--format", "json"))
    assert found == [
        {
            "table": "usersession", "name": "userType", "type": "enum",
            "description": "Who drove the session: a person, a robot or a synthetic monitor.", "unit": None,
            "values": ["REAL_USER", "ROBOT", "SYNTHETIC"], "cardinality": "normal", "deprecated": False,
            "successors": [], "origin": "documented",
        }
    ]  # fmt: skip
    every = json.loads(printed(capfd, "--format", "json"))
    assert len(every) == sum(len(table.fields) for table in default_catalog())
    (images,) = json.loads(printed(capfd, "failedImages", "--format", "json"))
    assert (images["deprecated"], images["successors"]) == (True, ["requestErrorCount"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothingAtAll", "There is no table or field 'nothingAtAll'; usql fields lists them all."),
        ("useractions", "There is no table or field 'useractions'; did you mean useraction,"),
        ("dutation", "There is no table or field 'dutation'; did you mean duration"),
        ("useraction.durtion", "did you mean useraction.duration,"),
        ("clientType", "usersession.clientType is in exports, but cannot be queried; use browserType."),
        ("usersession.tenantId", "usersession.tenantId is in exports, but cannot be queried.\n"),
    ],
)  # fmt: skip
def test_unknown_names(capfd: pytest.CaptureFixture[str], name: str, said: str) -> None:
    assert invoke(["fields", name]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.long
@pytest.mark.parametrize("columns", [40, 100])
def test_on_a_terminal_texts_are_wrapped_beside_the_names(columns: int) -> None:
    terminal = Terminal(["fields", "usererror"], columns, 40)
    assert terminal.end() == 0
    lines = terminal.text.split("\n")
    start = next(i for i, line in enumerate(lines) if line.split()[:2] == ["type", "enum"])
    if columns == 40:
        assert lines[start] == "  type  enum"
        assert lines[start + 1] == "      Kind of the error, such as Error"
    else:
        assert lines[start].startswith("  type                   enum       Kind of the error")
        assert lines[start + 1].startswith(" " * 36)
    assert "name" in [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]


@pytest.mark.long
def test_a_long_list_is_paged() -> None:
    terminal = Terminal(["fields"], 100, 20)
    text = terminal.wait(lambda text: text.endswith(":"))
    assert text.startswith("usersession: Closed user sessions.")
    terminal.type("q")
    assert terminal.end() == 0
