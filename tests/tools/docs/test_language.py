"""``docs/LANGUAGE.md``: its examples are true, its rules are numbered and say where they come from,
and whatever cites it is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language.usqltest import Asked, Case
from tests.places import ROOT
from tests.tools.docs.language import MARKS, PAGE, SAMPLE, examples, rules, sections
from usql.language.functions import FUNCTIONS
from usql.language.rules import RULES as DIAGNOSTICS
from usql.language.rules import Severity

SECTIONS = {section.number: section for section in sections()}
RULES = {rule.number: rule for section in SECTIONS.values() for rule in rules(section.text)}
EXAMPLES = examples()
CITED = re.compile(r"§ ?(\d+[a-z]?(?:\.\d+)?)")
CITATION = re.compile(r"LANGUAGE\.md\s+§\d+\w*(?:(?:,\s+| to | and )§\d+\w*)*")
"""Whole citations, which name the page."""
LINKED = re.compile(r"\bLANGUAGE\.md#([\w.-]+)")


def texts() -> Iterator[tuple[Path, str]]:
    """What people and programs read in the project, file by file."""
    for folder in ("usql", "tests", "docs", "grammar", "benchmarks", "editors", "."):
        for path in (ROOT / folder).glob("*" if folder == "." else "**/*"):
            if path.suffix in (".py", ".md", ".lark", ".usqltest", ".json", ".txt", ".toml") and (
                "node_modules" not in path.parts
            ):
                yield path, path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(SAMPLE)


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: f"{case.line} {case.name}"[:80])
def test_an_example_is_true(asked: Asked, case: Case) -> None:
    asked.check(case)


def test_the_sections_are_those_that_are_cited() -> None:
    assert list(SECTIONS) == [*map(str, range(1, 11)), "10a", "11", "12"]


@pytest.mark.parametrize("number", SECTIONS)
def test_each_part_of_a_section_has_an_example(number: str) -> None:
    parts = SECTIONS[number].parts
    assert parts
    for title, text in parts:
        assert rules(text), f"{title} has no rule"
        assert "```usqltest" in text or "\n>>> " in text, f"{title} has no example"


def test_examples_have_names_of_their_own() -> None:
    for section in SECTIONS.values():
        names = re.findall(r"^=== (.*)$", section.text, re.MULTILINE)
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("number", SECTIONS)
def test_rules_are_numbered_and_say_where_they_come_from(number: str) -> None:
    text = SECTIONS[number].text
    numbered = rules(text)
    assert text.count('<a id="') == len(numbered)
    for rule in numbered:
        assert rule.number == rule.anchor
        assert re.fullmatch(rf"{number}\.[1-9]\d*", rule.number)
        marks = re.findall(r"\*\((\w+)\)\*", rule.text)
        assert len(marks) == 1, rule
        assert marks[0] in MARKS
        assert rule.text.endswith(f". *({marks[0]})*"), rule
    assert len({rule.number for rule in numbered}) == len(numbered)


def test_every_cited_section_exists() -> None:
    known = {*SECTIONS, *RULES}
    cited = [(path, n) for path, text in texts() for n in CITED.findall(text)]
    assert len(cited) > 100
    assert [(path, number) for path, number in cited if number not in known] == []


def test_every_citation_names_the_page() -> None:
    assert [path for path, text in texts() if CITED.search(CITATION.sub("", text))] == []


def test_each_diagnostic_names_a_rule() -> None:
    assert {d.name: d.section for d in DIAGNOSTICS.values() if d.section not in RULES} == {}


@pytest.mark.parametrize(
    "name", [d.name for d in DIAGNOSTICS.values() if d.severity is Severity.ERROR]
)
def test_the_rule_of_an_error_names_it(name: str) -> None:
    assert f"`{name}`" in RULES[DIAGNOSTICS[name].section].text


def test_each_function_names_a_rule() -> None:
    assert {f.name: f.section for f in FUNCTIONS.values() if f.section not in RULES} == {}


def test_the_page_lists_every_function() -> None:
    listed = SECTIONS["1"].text.partition('id="1.8"')[2].partition('id="1.9"')[0]
    first = [line.split("|")[1] for line in listed.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(first))) == sorted(FUNCTIONS)


def test_links_to_it_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    known = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles} | {*RULES}
    for path, text in texts():
        assert [place for place in LINKED.findall(text) if place not in known] == [], path
