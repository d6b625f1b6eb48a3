"""Offers after a complete field, condition, item or clause: operators and keywords."""

from __future__ import annotations

from collections.abc import Iterator

from usql.catalog import Catalog, FieldType
from usql.editor.context import CLAUSES, COMPARISONS, Context, field_before
from usql.editor.fields import Reach, resolve
from usql.editor.offers.offer import Kind, Offer
from usql.editor.offers.operands import word
from usql.language.declarations import Place
from usql.language.functions import FUNCTIONS
from usql.language.token import Token

_MEANINGS = {
    "=": "equals",
    "!=": "differs",
    ">": "is more than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
}
_NEXT = {"GROUP": "GROUP BY", "ORDER": "ORDER BY"}


def tests(context: Context, catalog: Catalog) -> Iterator[Offer]:
    """The operators after the field of a condition, the usual ones for its type first."""
    node = field_before(context.before, len(context.before))
    reach = None if node is None else resolve(catalog, context.table, node)
    kind = reach.type if reach is not None else FieldType.STRING
    ordered = kind.is_number or kind is FieldType.TIMESTAMP
    is_flag = kind is FieldType.BOOLEAN
    signs = (
        ("=", "!=")
        if is_flag
        else (">", "<", ">=", "<=", "=", "!=")
        if ordered
        else (
            "=",
            "!=",
            ">",
            "<",
            ">=",
            "<=",
        )
    )
    for rank, sign in enumerate(signs):
        far = not ordered and rank > 1
        yield Offer(sign, Kind.OPERATOR, f"{sign} ", 20 + rank if far else rank, _MEANINGS[sign])
    yield from _null_tests()
    if is_flag:
        return
    yield from word_tests(reach, "")
    yield from word_tests(reach, "NOT ", 10)


def word_tests(reach: Reach | None, negation: str, later: float = 0) -> Iterator[Offer]:
    """LIKE, IN, BETWEEN and STARTSWITH with their required syntax and the cursor in it."""
    kind = reach.type if reach is not None else FieldType.STRING
    is_enum = kind is FieldType.ENUM
    texts = [("IN", '("")' if kind.is_text and not is_enum else "()", 7)]
    if kind.is_text:
        texts += [("LIKE", '""', 9 if is_enum else 6), ("STARTSWITH", '""', 8)]
    for name, follows, rank in texts:
        label = f"{negation}{name}"
        back = len(follows) // 2
        yield Offer(
            label, Kind.KEYWORD, f"{label} {follows}", rank + later, _detail(name), back=back
        )
    yield word(f"{negation}BETWEEN", (21 if kind.is_text else 6) + later)


def _detail(name: str) -> str:
    return {"IN": "one of several values", "LIKE": "matches a pattern"}.get(name, "begins with")


def _null_tests() -> Iterator[Offer]:
    yield word("IS NULL", 15, "IS NULL ")
    yield word("IS NOT NULL", 9.5, "IS NOT NULL ")


def comparisons() -> Iterator[Offer]:
    """The operators after FILTER."""
    for rank, sign in enumerate((">", ">=", "<", "<=", "=", "!=")):
        yield Offer(sign, Kind.OPERATOR, f"{sign} ", rank, _MEANINGS[sign])


def joins(context: Context) -> Iterator[Offer]:
    """AND and OR after a complete condition, and AND between the limits of BETWEEN."""
    if "AND" in context.accepted:
        yield word("AND", 0)
    if "OR" in context.accepted:
        yield word("OR", 1)


def after_item(context: Context) -> Iterator[Offer]:
    """What may follow an item of the select list or a step of a funnel."""
    is_metric = _ends_metric(context.before)
    if "AS" in context.accepted and context.last != "STAR":
        yield word("AS", 2 if is_metric else 12)
    if "FILTER" in context.accepted and is_metric:
        yield word("FILTER", 3)


def directions(context: Context) -> Iterator[Offer]:
    """ASC and DESC after an order column."""
    if "DESC" in context.accepted:
        yield word("DESC", 0)
        yield word("ASC", 1)


def clauses(context: Context) -> Iterator[Offer]:
    """The clauses that may come next: those after the clauses before the cursor and before those
    after it. A funnel has only WHERE (LANGUAGE.md §2, §9)."""
    if context.frames:
        return
    here = CLAUSES.index(context.clause) if context.clause in CLAUSES else -1
    after = [t.type for t in context.statement.tokens if t.start >= context.word.end]
    following = [CLAUSES.index(kind) for kind in after if kind in CLAUSES]
    limit = min((index for index in following if index > here), default=len(CLAUSES))
    is_funnel = any(t.type == "FUNNEL" for t in context.before)
    has_from = any(t.type == "FROM" for t in context.before)
    for index in range(here + 1, limit):
        name = CLAUSES[index]
        if name not in context.accepted or (index > 1 and not has_from):
            continue
        if is_funnel and index > 2:
            continue
        yield word(_NEXT.get(name, name), 10 + index)


def _ends_metric(tokens: tuple[Token, ...]) -> bool:
    """Whether the last words are a call of a metric, so that FILTER may follow."""
    if not tokens or tokens[-1].type != "RPAR":
        return False
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        depth += (tokens[index].type == "RPAR") - (tokens[index].type == "LPAR")
        if depth == 0:
            function = FUNCTIONS.get(tokens[index - 1].upper()) if index else None
            return function is not None and Place.FILTER in function.places
    return False


def awaits_sign(context: Context) -> bool:
    """Whether a comparison operator may follow."""
    return bool(COMPARISONS & context.accepted)
