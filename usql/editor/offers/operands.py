"""Offers where a field, a function or a table may begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from usql.analysis.profile import Profile
from usql.catalog import Cardinality, Catalog, FieldType
from usql.editor.context import Context
from usql.editor.fields import Reach, describe, detail, fields, reachable
from usql.editor.keywords import KEYWORDS
from usql.editor.offers.offer import Kind, Offer
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.calls import has_metric
from usql.language.declarations import Form, Function, Place, Result, Takes
from usql.language.formatter import alias_text, expression_text
from usql.language.functions import FUNCTIONS
from usql.language.parser import parse

Fits = Callable[[Reach], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """The rest of the query: its items, keys and order columns as written, without the word at the
    cursor."""

    items: tuple[s.Item, ...]
    keys: frozenset[str]
    orders: frozenset[str]


def shape_of(context: Context, text: str) -> Shape:
    """Parse the whole query around the cursor."""
    begin, end = context.statement.span.start, context.statement.span.end
    # The word at the cursor is not complete yet.
    before, after = text[begin : context.word.start], text[context.word.end : end]
    query = parse(f"{before}{' ' * (context.word.end - context.word.start)}{after}").query
    if query is None:
        return Shape((), frozenset(), frozenset())
    return Shape(
        query.items,
        frozenset(_text(key) for key in query.group_by),
        frozenset(_text(order.key) for order in query.order_by),
    )


def likely(context: Context, shape: Shape) -> dict[str, float]:
    """By how much the query itself changes a field's rank, by its text in lower case: keys that are
    not selected yet come first, fields that are already selected last."""
    if context.clause != "SELECT" or context.frames:
        return {}
    selected = {
        _text(item.expression): 600.0
        for item in shape.items
        if not isinstance(item.expression, s.Star | s.Json | s.Funnel)
    }
    return dict.fromkeys(shape.keys, -500.0) | selected


def _text(node: s.Expression | s.Alias) -> str:
    return node.text if isinstance(node, s.Alias) else expression_text(node).lower()


# --- tables and fields ----------------------------------------------------------------------------


def tables(catalog: Catalog) -> Iterator[Offer]:
    """The tables after FROM."""
    for index, table in enumerate(catalog):
        rank = index if table.documented else 90
        yield Offer(table.name, Kind.TABLE, f"{table.name} ", rank, "table", table.description)


def field_offers(
    context: Context, catalog: Catalog, fits: Fits, mentioned: Mapping[str, float]
) -> Iterator[Offer]:
    """The suitable fields: frequently used ones, then the table's own, then those of other tables
    with the table's name. ``mentioned`` changes the rank of fields, by their text in lower case."""
    suitable = [reach for reach in fields(catalog, context.table) if fits(reach)]
    whole = _takes_lists(context)
    for reach in suitable:
        yield _field(reach, reach.text, whole, mentioned.get(reach.text.lower(), 0))
    for other in dict.fromkeys(r.table.name for r in suitable if not r.unqualified):
        table = catalog.table(other)
        rank = 300 if table.documented else 390
        yield Offer(f"{other}.", Kind.TABLE, f"{other}.", rank, "table", table.description)


def _field(reach: Reach, text: str, whole: bool, moved: float = 0) -> Offer:
    """A field; a property list is followed by a key unless it is meant as a ``whole``."""
    rank = 10.0 + reach.rank if reach.rank is not None else 100.0 if reach.unqualified else 400.0
    if reach.key is not None or is_properties(reach):
        rank += 50
    if not reach.table.documented:
        rank += 90
    if reach.field.deprecated:
        rank += 500
    kind = Kind.FIELD if reach.key is None else Kind.PROPERTY
    written = text if whole or not is_properties(reach) else f"{text}."
    document = describe(reach)
    is_old = reach.field.deprecated
    return Offer(text, kind, written, rank + moved, detail(reach), document, is_old=is_old)


def after_dot(context: Context, catalog: Catalog, fits: Fits) -> Iterator[Offer]:
    """The fields of the table, or the keys of the property list, before the dot."""
    path = [name.lower() for name in context.path]
    head = catalog.get(path[0])
    in_reach = head is not None and head in reachable(catalog, context.table)
    whole = _takes_lists(context)
    for reach in fields(catalog, context.table):
        if not fits(reach):
            continue
        if len(path) == 1 and in_reach and reach.table is head:
            text = reach.text.removeprefix(f"{reach.table.name}.")
            yield _field(reach, text, whole)
        elif reach.key is not None and _is_list(reach, path):
            text = reach.text[reach.text.index(reach.field.name) + len(reach.field.name) + 1 :]
            yield _field(reach, text, whole)


def whole_row(context: Context, catalog: Catalog) -> Iterator[Offer]:
    """``*`` after ``table.``."""
    table = catalog.get(context.path[0])
    if table is not None and len(context.path) == 1 and table in reachable(catalog, context.table):
        yield Offer("*", Kind.OPERATOR, "*", 40, "all fields of the table")


def _is_list(reach: Reach, path: list[str]) -> bool:
    spelled = [reach.field.name.lower()]
    full = [reach.table.name, *spelled]
    return path == full or (path == spelled and reach.unqualified)


def _takes_lists(context: Context) -> bool:
    function = None if context.frame is None else FUNCTIONS.get(context.frame.opener)
    return function is not None and function.parameters[0].takes is Takes.PROPERTIES


# --- functions ------------------------------------------------------------------------------------


def functions(rank: float, accepts: Callable[[Function], bool]) -> Iterator[Offer]:
    """The functions that ``accepts`` returns true for, each with its brackets and the cursor inside,
    the most frequently used first."""
    for index, function in enumerate(FUNCTIONS.values()):
        if accepts(function):
            yield Offer(
                function.name,
                Kind.FUNCTION,
                f"{function.name}()",
                rank + index,
                function.signature,
                _document(function),
                back=1,
            )


def functions_of_form(form: Form, rank: float) -> Iterator[Offer]:
    """The functions with this call syntax."""
    return functions(rank, lambda function: function.form is form)


def _rows(rank: float) -> Iterator[Offer]:
    """The functions that count all rows."""
    for function in FUNCTIONS.values():
        if function.form is Form.COUNT:
            text = f"{function.name}(*)"
            document = _document(function)
            yield Offer(text, Kind.FUNCTION, text, rank, "the number of rows", document)


def _document(function: Function) -> str:
    return f"{function.meaning}\n\n```usql\n{function.example}\n```"


def word(name: str, rank: float, text: str | None = None) -> Offer:
    """A keyword, followed by a blank if it cannot be the last word."""
    written = f"{name} " if text is None else text
    return Offer(name, Kind.KEYWORD, written, rank, "", KEYWORDS.get(name.split(maxsplit=1)[0], ""))


# --- arguments ------------------------------------------------------------------------------------


def is_number(reach: Reach) -> bool:
    """Whether a field is a number, not a date."""
    return reach.type.is_number or _holds(reach, FieldType.LONG, FieldType.DOUBLE)


def is_date(reach: Reach) -> bool:
    """Whether a field is a date."""
    return reach.type is FieldType.TIMESTAMP or _holds(reach, FieldType.TIMESTAMP)


def is_measure(reach: Reach) -> bool:
    """Whether a field is a number or a date."""
    return is_number(reach) or is_date(reach)


def is_properties(reach: Reach) -> bool:
    """Whether it is a whole property list."""
    return reach.key is None and reach.type is FieldType.PROPERTIES


def is_any(reach: Reach) -> bool:
    """Accepts every field."""
    return True


def _holds(reach: Reach, *kinds: FieldType) -> bool:
    """Whether a property list, still without its key, has values of such a type."""
    return is_properties(reach) and reach.field.value_type in kinds


def argument_fits(takes: Takes, is_distinct: bool, profile: Profile) -> Fits:
    """A predicate of the fields that may be an argument."""
    if takes is Takes.NUMBER:
        return is_number
    if takes is Takes.MEASURE:
        return is_measure
    if takes is Takes.DATE:
        return is_date
    if takes is Takes.PROPERTIES:
        return is_properties
    if is_distinct and not profile.extreme_distinct:
        return lambda r: r.field.cardinality is not Cardinality.EXTREME
    return is_any


def argument_functions(takes: Takes) -> Iterator[Offer]:
    """The functions and keywords that may be an argument."""
    if takes is Takes.COUNTED:
        yield Offer("*", Kind.OPERATOR, "*", 0, "all rows")
        yield word("DISTINCT", 1)
    elif takes is Takes.METRIC:
        yield from _rows(0)
        yield from functions(1, lambda f: f.is_metric and f.form is not Form.CONDITION)
    elif takes is Takes.DATE:
        yield from functions(200, lambda f: f.result in (Result.SAME, Result.METRIC))


# --- the clauses ----------------------------------------------------------------------------------


def selectable(context: Context) -> Iterator[Offer]:
    """What may begin an item of the select list, other than fields."""
    yield from _rows(9)
    yield from functions(20, lambda f: f.is_metric)
    yield from functions(30, lambda f: Place.GROUP_BY in f.places and not f.is_rare)
    yield from functions(200, lambda f: f.is_rare)
    if context.frames:
        return
    yield Offer("*", Kind.OPERATOR, "*", 40, "all fields of the table")
    yield word("JSON", 250, "JSON")
    if context.last == "SELECT":
        yield word("DISTINCT", 39)
        yield from functions_of_form(Form.FUNNEL, 41)


def calculable() -> Iterator[Offer]:
    """The functions that may be used in arithmetic."""
    yield from functions_of_form(Form.DATE_PART, 200)


def keys(context: Context, text: str, shape: Shape) -> Iterator[Offer]:
    """The selected items by which the query could group, then the functions that may be keys."""
    for item in shape.items:
        node = item.expression
        if isinstance(node, s.Star | s.Json | s.Funnel | s.Hole | s.Number) or has_metric(node):
            continue
        yield from _selected(context, text, item, shape.keys)
    yield from functions(60, lambda f: Place.GROUP_BY in f.places)


def orders(context: Context, text: str, shape: Shape) -> Iterator[Offer]:
    """The selected items by which the query could sort."""
    for item in shape.items:
        if not isinstance(item.expression, s.Star | s.Json | s.Funnel | s.Hole | s.Number):
            yield from _selected(context, text, item, shape.orders)


def _selected(context: Context, text: str, item: s.Item, used: frozenset[str]) -> Iterator[Offer]:
    """The alias of an item and its text; metrics first, since they are the most frequent order."""
    begin = context.statement.span.start
    node = item.expression
    source = text[begin + node.span.start : begin + node.span.end]
    if expression_text(node).lower() in used:
        return
    rank = 0 if has_metric(node) else 1
    if item.alias is None:
        yield Offer(source, Kind.ALIAS, source, rank, "selected")
        return
    if isinstance(node, s.Call):
        yield Offer(source, Kind.ALIAS, source, rank + 2, "selected")
    if item.alias.text.strip() and not {item.alias.text, item.alias.text.lower()} & used:
        name = alias_text(item.alias.text)
        yield Offer(name, Kind.ALIAS, name, rank, source)
