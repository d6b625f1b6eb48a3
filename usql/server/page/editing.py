"""The editor's services for the page: ``usql.editor`` with places in code units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from usql.analysis import Clock
from usql.catalog import Catalog
from usql.editor.completion import Completion, complete
from usql.editor.formatting import format_edits
from usql.editor.hover import function_text, hover
from usql.editor.problems.fixes import chosen_edits, is_safe
from usql.editor.problems.validation import validate
from usql.editor.ranges import queries, words
from usql.editor.semantic import tokens
from usql.editor.signature import signature_help
from usql.language.diagnostics import Diagnostic
from usql.language.holes import placeholder_name
from usql.language.rules import RULES
from usql.server.page.units import Units, units_in

_MOST_OFFERS = 50

Json = dict[str, Any]
Values = Callable[[str], list[str]]


def diagnoses(text: str, catalog: Catalog, profile: str, clock: Clock) -> Json:
    """The problems of a text, its queries and placeholders, and all safe corrections together."""
    units = Units(text)
    parsed = queries(text)
    has_words = bool(words(text)[0])
    problems = validate(text, catalog=catalog, profile=profile, clock=clock) if has_words else []
    holes = [text[h.start : h.end] for query in parsed for h in query.holes.spans]
    return {
        "diagnostics": problems_of(problems, units),
        "fixAll": units.edits(chosen_edits(problems)),
        "statements": [units.place(query.span) for query in parsed if has_words],
        "placeholders": list(dict.fromkeys(map(placeholder_name, holes))),
        "length": units.length,
    }


def problems_of(diagnostics: Iterable[Diagnostic], units: Units) -> list[Json]:
    """Diagnostics as the page has them."""
    return [
        {
            "code": d.code,
            "name": d.name,
            "severity": d.severity.value,
            "message": d.message,
            **units.place(d.span),
            "href": RULES[d.name].page,
            "fixes": [
                {
                    "title": fix.title,
                    "safe": number == 0 and is_safe(d),
                    "edits": units.edits(fix.edits),
                }
                for number, fix in enumerate(d.fixes)
            ],
        }
        for d in diagnostics
    ]


def offers(text: str, at: int, catalog: Catalog, profile: str, values: Values) -> Json:
    """The likeliest completions at a place."""
    units = Units(text)
    offset = units.offset(at)
    every = complete(text, offset, catalog=catalog, profile=profile, values=values)
    place = units.place(every[0].edit.span) if every else {"from": at, "to": at}
    return {
        **place,
        "offers": [_offer(one, units) for one in every[:_MOST_OFFERS]],
        "total": len(every),
        "length": units.length,
    }


def _offer(one: Completion, units: Units) -> Json:
    """A completion; ``cursor`` is where the cursor belongs in the text after the edit."""
    span, written = one.edit.span, one.edit.text
    inside = one.cursor - span.start
    beyond = units.text[span.end : span.end + max(0, inside - len(written))]
    return {
        "label": one.label,
        "kind": one.kind.value,
        "detail": one.detail,
        "doc": one.documentation,
        "text": written,
        "cursor": units.unit(span.start) + units_in(written[:inside] + beyond),
        "sort": one.sort_key,
        "deprecated": one.is_deprecated,
    }


def explained(text: str, at: int, catalog: Catalog) -> Json | None:
    """The explanation of the word at a place, as Markdown."""
    units = Units(text)
    explanation = hover(text, units.offset(at), catalog)
    if explanation is None:
        return None
    return {**units.place(explanation.span), "markdown": explanation.markdown}


def signed(text: str, at: int) -> Json | None:
    """The signature of the function around a place. It is ASCII, so places in it are the same in
    characters and units."""
    call = signature_help(text, Units(text).offset(at))
    if call is None:
        return None
    return {
        "label": call.label,
        "parameters": [[place.start, place.end] for place in call.parameters],
        "active": call.active,
        "markdown": function_text(call.function),
    }


def formatted(text: str, start: int | None, end: int | None) -> Json:
    """The edits that lay out a text, or the queries that a selection touches."""
    units = Units(text)
    last = units.length if end is None else end
    span = None if start is None and end is None else units.span(start or 0, last)
    return {"edits": units.edits(format_edits(text, span)), "length": units.length}


def coloured(text: str) -> Json:
    """Each word with what it is."""
    units = Units(text)
    shown = [
        [units.unit(token.span.start), units.unit(token.span.end), token.kind.value]
        for token in tokens(text)
    ]
    return {"tokens": shown, "length": units.length}
