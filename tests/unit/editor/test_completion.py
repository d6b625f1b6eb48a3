from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.places import CORPUS
from tests.unit.editor.cursor import applied, split
from usql.catalog import FieldType, default_catalog
from usql.catalog.model import Field, Origin
from usql.editor.completion import complete
from usql.editor.context import context_at
from usql.language.common_mistakes import repair
from usql.language.lexer import lex
from usql.language.tables import Stack
from usql.language.token import make

CASES = Path(__file__).with_name("completion.txt")

CATALOG = default_catalog().with_data(
    {},
    {
        ("usersession", "stringProperties"): ("campaign", "my key"),
        ("usersession", "doubleProperties"): ("revenue",),
        ("usersession", "longProperties"): ("cart",),
    },
)


@dataclass
class Case:
    query: str
    line: int
    expected: dict[str, list[str]] = field(default_factory=dict)
    taken: list[tuple[str, str]] = field(default_factory=list)


def cases() -> Iterator[Case]:
    case: Case | None = None
    for number, line in enumerate(CASES.read_text("utf-8").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        if not line.startswith("    "):
            if case is not None:
                yield case
            case = Case(line.replace("\\n", "\n"), number)
        elif " -> " in line:
            assert case is not None
            label, text = line.strip().split(" -> ")
            case.taken.append((label, text))
        else:
            assert case is not None
            kind, _, offers = line.strip().partition(" ")
            case.expected[kind] = [o.strip() for o in offers.strip().split("  ") if o.strip()]
    assert case is not None
    yield case


ALL = list(cases())


def test_there_are_enough_cases() -> None:
    assert len(ALL) >= 60


@pytest.mark.parametrize("case", ALL, ids=[f"{c.line}: {c.query}" for c in ALL])
def test_completion(case: Case) -> None:
    text, offset = split(case.query)
    found = complete(text, offset, catalog=CATALOG)
    labels = [c.label for c in found]
    assert case.expected or case.taken
    for kind, offers in case.expected.items():
        if kind == "only":
            assert labels == offers
        elif kind == "first":
            assert labels[: len(offers)] == offers
        elif kind == "has":
            assert not set(offers) - set(labels)
        else:
            assert kind == "not"
            assert not set(offers) & set(labels)
    for label, after in case.taken:
        taken = next(c for c in found if c.label == label)
        assert applied(text, taken) == after


def _queries() -> list[str]:
    lines = CORPUS.read_text("utf-8").splitlines()
    return [x.removeprefix("? ") for x in lines if x and not x.startswith("--")]


@pytest.mark.parametrize("query", _queries())
def test_what_is_offered_can_stand_there(query: str) -> None:
    """Behind every word of a query cut off there, the grammar takes whatever is offered."""
    tokens, _ = lex(query)
    for index in range(len(tokens) + 1):
        text = query[: tokens[index - 1].end] + " " if index else ""
        for completion in complete(text, len(text)):
            made = text[: completion.edit.span.start] + completion.edit.text
            made += "key" if made.endswith(".") else ""
            words, _ = lex(made.rstrip())
            probe = make("NAME", "", words[-1].span)
            stack = Stack()
            read = repair([*words, probe], made)[0][:-1]
            # Brackets are closed for the writer: what is left out inside them may be missing.
            refused = stack.feed(read)
            assert refused == len(read) or read[refused].type == "RPAR", made


@pytest.mark.parametrize("query", _queries())
def test_the_query_itself_is_offered(query: str) -> None:
    """At every field of a query that is written once more, this field is among the offers."""
    tokens, _ = lex(query)
    catalog = default_catalog()
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.type != "NAME" or before.type in ("AS", "FROM") or after.type == "LPAR":
            continue
        context = context_at(query, token.end, catalog)
        assert context is not None
        prefix = context.path[0].lower() if context.path else context.table.name
        table = catalog.get(prefix)
        known = table.get(token) if table is not None else None
        if known is None or (before.type in ("EQ", "IS") and context.clause == "WHERE"):
            continue
        labels = [c.label for c in complete(query, token.start + 2)]
        assert known.name in labels, (query, token)


def test_names_that_are_no_words_are_offered_as_queries_write_them() -> None:
    known = [Field(name, FieldType.LONG, origin=Origin.DATA) for name in ("my-field", "order")]
    catalog = default_catalog().with_data({"usersession": known}, {})

    def taken(marked: str, label: str) -> str:
        text, offset = split(marked)
        offers = complete(text, offset, catalog=catalog)
        return applied(text, next(offer for offer in offers if offer.label == label))

    assert taken("SELECT my|", 'usersession."my-field"') == 'SELECT usersession."my-field"|'
    assert taken("SELECT ord|", "usersession.order") == "SELECT usersession.order|"
    assert taken("SELECT usersession.|", '"my-field"') == 'SELECT usersession."my-field"|'
    assert taken('SELECT usersession."m|', '"my-field"') == 'SELECT usersession."my-field"|'
    assert taken("SELECT usersession.o| FROM useraction", "order") == (
        "SELECT usersession.order| FROM useraction"
    )


def test_values_and_keys_come_from_the_data() -> None:
    asked = []

    def values(name: str) -> list[str]:
        asked.append(name)
        return ["Linz", 'the "old" town']

    text = "SELECT country FROM useraction WHERE usersession.city = "
    found = complete(text, len(text), values=values)
    assert [c.label for c in found] == ['"Linz"', '"the ""old"" town"', "NULL"]
    assert asked == ["usersession.city"]


def test_offline_counts_distinct_values_of_every_field() -> None:
    text = "SELECT COUNT(DISTINCT star"
    assert "startTime" not in [c.label for c in complete(text, len(text))]
    assert "startTime" in [c.label for c in complete(text, len(text), profile="offline")]


def test_a_profile_must_exist() -> None:
    with pytest.raises(ValueError, match="no profile 'other'"):
        complete("", 0, profile="other")


def test_everything_offered_is_explained_or_plain() -> None:
    for completion in complete("SELECT ", 7):
        if completion.kind.value in ("field", "function", "keyword"):
            assert completion.documentation, completion.label


def test_deprecated_fields_come_late_and_are_marked() -> None:
    text = "SELECT failed FROM useraction"
    found = complete(text, 13)
    assert {"failedImages", "failedXhrRequests"} <= {c.label for c in found if c.is_deprecated}
    assert [c.label for c in found if not c.is_deprecated] == []
