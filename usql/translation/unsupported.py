"""What a dialect cannot express: declared here, listed in docs/SQL.md, and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, diagnostic

LAYOUTS = ("nested", "flat")
"""One table of sessions whose children are lists, or a table of each."""

_EVERY = ("spark", "duckdb")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A construct of the language that ``dialects`` cannot express over tables of ``layouts``, and
    why: the rest of a sentence that begins with the construct."""

    construct: str
    dialects: tuple[str, ...]
    layouts: tuple[str, ...]
    reason: str


_ALL = (
    Unsupported(
        "`JSON`",
        _EVERY,
        LAYOUTS,
        "shows the exported object, of which SQL only knows the columns that the table has",
    ),
    Unsupported(
        "`isEntryAction`, `isExitAction`",
        _EVERY,
        ("flat",),
        "may depend on the order of the user actions in the export, which their table does not tell",
    ),
    Unsupported(
        "`$TIME_FRAME_START` without `start`, `$TIME_FRAME_END` without `end`",
        _EVERY,
        LAYOUTS,
        "depend on all times in the data, which are not known before the query runs",
    ),
    Unsupported(
        "a field whose column has a type that only loading can read",
        _EVERY,
        LAYOUTS,
        "would need the rules by which sessions are loaded; `usql convert` applies them",
    ),
)

UNSUPPORTED: Mapping[str, Unsupported] = dict(
    zip(("json", "entry-and-exit", "timeframe", "foreign-type"), _ALL, strict=True)
)
"""The constructs that are refused, by names that only this package uses."""

Matcher = Callable[[s.Node], bool]
"""Whether a node of the query is where a construct stands."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The constructs found in a query that a ``dialect`` cannot express over tables of a
    ``layout``, in the order in which they were found."""

    dialect: str
    layout: str
    met: list[tuple[str, Matcher]] = field(default_factory=list)

    def add(self, name: str, matches: Matcher) -> None:
        """A construct of :data:`UNSUPPORTED`; ``KeyError`` for another name, and for one that is not
        declared of the dialect and the layout."""
        declared = UNSUPPORTED[name]
        if self.dialect not in declared.dialects or self.layout not in declared.layouts:
            raise KeyError(f"{name} is not declared of {self.dialect} and {self.layout} tables")
        self.met.append((name, matches))

    def diagnostics(self, query: s.Query) -> list[Diagnostic]:
        """An error for each place of such a construct, in the order of the text."""
        diagnostics: dict[Diagnostic, None] = {}
        for name, matches in self.met:
            declared = UNSUPPORTED[name]
            nodes = [*s.walk(query)]
            places = [node for node in nodes if matches(node)]
            places = places or [node for node in nodes if isinstance(node, s.Star)] or [query]
            spans = [node.span for node in places]
            message = f"{self.dialect} cannot say this: {declared.construct} {declared.reason}."
            diagnostics |= dict.fromkeys(
                diagnostic("untranslatable", message, span) for span in spans
            )
        return sorted(diagnostics, key=lambda d: d.span)


def matches_name(name: str) -> Matcher:
    """The places of a field with this name; if there is none, those of a ``*``, which stands for
    it."""
    lower = name.lower()

    def matches(node: s.Node) -> bool:
        return isinstance(node, s.Field) and node.name.lower() == lower

    return matches
