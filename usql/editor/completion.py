"""Completion: what may be written at the cursor, the likeliest first.

The grammar's tables say which words may follow; the catalog and the analysis say which of them make
sense there, also inside a broken query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from usql.analysis import Profile, profile_named
from usql.catalog import Catalog, default_catalog
from usql.editor.context import Context, Frame, Pending, context_at, pending_test
from usql.editor.fields import resolve
from usql.editor.offers import operands, operators
from usql.editor.offers import values as literals
from usql.editor.offers.offer import Kind, Offer
from usql.editor.offers.values import Values
from usql.frozen import dataclass
from usql.language.declarations import Form, Function, Parameter, Takes
from usql.language.diagnostics import Edit
from usql.language.functions import FUNCTIONS

__all__ = ["Completion", "Kind", "Values", "complete"]

_CLOSING = (")", "]", '"', "'", "*")
"""After these a keyword needs no blank, but should have one."""

_CALCULATES = ("PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "MOD")
_HUMP = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion at the cursor.

    ``edit`` replaces the word at the cursor; ``cursor`` is the offset of the cursor in the text
    afterwards. ``documentation`` is Markdown. Completions are ordered by ``sort_key``.
    """

    label: str
    kind: Kind
    detail: str
    documentation: str
    edit: Edit
    cursor: int
    sort_key: str
    is_deprecated: bool = False


def complete(
    text: str,
    offset: int,
    *,
    catalog: Catalog | None = None,
    profile: str = "dynatrace",
    values: Values | None = None,
) -> list[Completion]:
    """The completions at an offset of a text with one or more queries, likeliest first.

    ``catalog`` has the fields and property keys of the data; ``values`` returns a field's values.
    ``ValueError`` for an unknown ``profile``.

    >>> found = complete("SELECT city FROM usersession WHERE userType = ", 46)
    >>> [c.label for c in found]
    ['"REAL_USER"', '"ROBOT"', '"SYNTHETIC"', 'NULL']
    """
    known = catalog or default_catalog()
    rules = profile_named(profile)
    context = context_at(text, offset, known)
    if context is None:
        return []
    ranked = []
    is_called = context.token is not None and text.startswith("(", context.word.end)
    for offer in _Place(text, context, known, rules, values).offers():
        if is_called and not (offer.kind is Kind.KEYWORD or offer.text.endswith("()")):
            continue
        quality = _quality(context, offer)
        if quality is not None:
            ranked.append((quality, offer.rank, offer.label.strip("\"'").lower(), offer))
    ranked.sort(key=lambda entry: entry[:3])
    unique = {offer.label: offer for *_, offer in reversed(ranked)}
    shown = [offer for *_, offer in ranked if unique.get(offer.label) is offer]
    return [_completion(text, context, o, index) for index, o in enumerate(shown)]


def _completion(text: str, context: Context, offer: Offer, index: int) -> Completion:
    span = context.word
    written, back = offer.text, offer.back
    following = text[span.end : span.end + 1]
    if written.endswith("()") and following == "(":  # the brackets are there already
        written, back = written[:-2], -1
    if offer.kind is Kind.KEYWORD and text[: span.start][-1:] in _CLOSING:
        written = f" {written}"
    ahead = 0
    if written.endswith(" ") and following.isspace():
        written, ahead = written[:-1], int(following == " ")
    cursor = span.start + len(written) - back + ahead
    return Completion(
        offer.label,
        offer.kind,
        offer.detail,
        offer.documentation,
        Edit(span, written),
        cursor,
        f"{index:04}",
        offer.is_old,
    )


# --- offers for the place ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    text: str
    context: Context
    catalog: Catalog
    profile: Profile
    values: Values | None

    def offers(self) -> Iterator[Offer]:
        """Everything that may stand at the cursor, whatever was typed."""
        context = self.context
        if context.last == "AS":
            return  # a name is the writer's own
        if context.path:
            yield from operands.after_dot(context, self.catalog, self._fits())
            if self._begins_item():
                yield from operands.whole_row(context, self.catalog)
            return
        if context.last == "FROM" and "NAME" in context.accepted:
            yield from operands.tables(self.catalog)
        elif context.last == "LIMIT":
            yield from literals.limits()
        elif "NAME" in context.accepted:
            yield from self._operands()
        else:
            yield from self._following()

    def _operands(self) -> Iterator[Offer]:
        context = self.context
        test = pending_test(context.before)
        if test is not None:
            yield from self._values(test)
            return
        parameter = self._parameter()
        if parameter is not None and parameter.takes is not Takes.STEPS:
            yield from self._argument(parameter)
            return
        if self._in_condition():
            yield from self._fields()
            if "NOT" in context.accepted and context.last != "NOT":
                yield operands.word("NOT", 50)
            return
        shape = operands.shape_of(context, self.text)
        yield from self._fields(operands.likely(context, shape))
        if context.clause == "GROUP":
            yield from operands.keys(context, self.text, shape)
        elif context.clause == "ORDER":
            yield from operands.orders(context, self.text, shape)
        elif context.last in _CALCULATES:
            yield from operands.calculable()
        elif context.clause == "SELECT":
            yield from operands.selectable(context)

    def _values(self, test: Pending) -> Iterator[Offer]:
        context = self.context
        if context.last in ("PLUS", "MINUS"):
            yield from literals.length()
            return
        if test.operator in ("IS", "NOT", "IS NOT") and not test.values:
            negated = context.last == "NOT"
            yield from operators.word_tests(
                resolve(self.catalog, context.table, test.field),
                "" if negated else "NOT ",
                0 if negated else 20,
            )
        yield from literals.right_side(context, test, self.catalog, self._quote, self.values)

    def _argument(self, parameter: Parameter) -> Iterator[Offer]:
        takes = parameter.takes
        if takes is Takes.CONDITION:
            yield operands.word("WHERE", 0)
            return
        yield from literals.constants(takes, self._quote)
        if takes in _CONSTANT:
            return
        frame = self.context.frame
        opened = None if frame is None else _opened(frame)
        inside_metric = opened is not None and opened.is_metric
        if not self._is_distinct() and not (takes is Takes.DATE and inside_metric):
            yield from operands.argument_functions(takes)
        if takes is not Takes.METRIC:
            yield from self._fields()

    def _fields(self, mentioned: Mapping[str, float] | None = None) -> Iterator[Offer]:
        return operands.field_offers(self.context, self.catalog, self._fits(), mentioned or {})

    def _following(self) -> Iterator[Offer]:
        context = self.context
        if context.last == "VARIABLE":
            yield from literals.moved()
        if not context.before:
            yield operands.word("SELECT", 0)
        elif "BY" in context.accepted:
            yield operands.word("BY", 0)
        elif context.last == "IN":
            test = pending_test(context.before)
            if test is not None:
                yield from literals.opened_list(context, test, self.catalog)
        elif operators.awaits_sign(context):
            if self._in_condition():
                yield from operators.tests(context, self.catalog)
            else:
                yield from operators.comparisons()
        else:
            yield from operators.joins(context)
            yield from operators.after_item(context)
            yield from operators.directions(context)
            yield from operators.clauses(context)

    # --- properties of the place

    def _in_condition(self) -> bool:
        frame = next((f for f in reversed(self.context.frames) if f.opener), None)
        if frame is None:
            return self.context.clause == "WHERE"
        opened = _opened(frame)
        return frame.has_where or (opened is not None and opened.form is Form.FUNNEL)

    def _begins_item(self) -> bool:
        before = self.context.last in ("SELECT", "DISTINCT", "COMMA")
        return before and not self.context.frames and self.context.clause == "SELECT"

    def _is_distinct(self) -> bool:
        frame = self.context.frame
        return self.context.last == "DISTINCT" or (frame is not None and frame.opener == "DISTINCT")

    def _parameter(self) -> Parameter | None:
        """The parameter of a function whose argument begins at the cursor."""
        frames = [f for f in self.context.frames if f.opener not in ("", "DISTINCT")]
        if not frames or frames[-1].has_where:
            return None
        function = _opened(frames[-1])
        if function is None:
            return None
        if function.repeats:
            return function.parameters[-1]
        if frames[-1].argument >= len(function.parameters):
            return None
        parameter = function.parameters[frames[-1].argument]
        outer = _opened(frames[-2]) if len(frames) > 1 else None
        if outer is not None and parameter.takes is Takes.MEASURE:
            around = outer.parameters[min(frames[-2].argument, len(outer.parameters) - 1)]
            if around.takes is Takes.DATE:
                return replace(parameter, takes=Takes.DATE)
        return parameter

    def _fits(self) -> operands.Fits:
        parameter = self._parameter()
        if parameter is not None and parameter.takes is not Takes.STEPS:
            return operands.argument_fits(parameter.takes, self._is_distinct(), self.profile)
        if self.context.clause == "SELECT" and self.context.last in _CALCULATES:
            return operands.is_measure
        return operands.is_any

    @property
    def _quote(self) -> str:
        """The quote with which the cursor's string begins, by default the double quote."""
        first = self.context.typed[:1]
        return first if first in ("'", '"') and first else '"'


def _opened(frame: Frame) -> Function | None:
    """The function whose brackets enclose the cursor."""
    return FUNCTIONS.get(frame.opener)


_CONSTANT = (Takes.FORMAT, Takes.INTERVAL, Takes.LENGTH, Takes.AMOUNT, Takes.PERCENT)


# --- what was typed -----------------------------------------------------------------------------


def _quality(context: Context, offer: Offer) -> int | None:
    """How well an offer matches what was typed, 0 being best; ``None`` if it does not match."""
    typed = context.typed.lower()
    label = offer.label.lower()
    if context.is_quoted:
        if label[:1] != typed[:1]:
            return None
        typed, label = typed[1:], label[1:]
    elif label[:1] in ("'", '"') and typed[:1] not in ("'", '"'):
        label = label[1:]
    if label.startswith(typed):
        return 0
    if any(hump.lower().startswith(typed) for hump in _HUMP.findall(offer.label)):
        return 1
    tail = label.rpartition(".")[2]
    if tail.startswith(typed):
        return 1
    return 2 if len(typed) > 1 and typed in label else None
