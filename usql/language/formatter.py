"""From tree to text: the canonical layout of a query, and the names of its columns.

Both are made from the same list of words. The canonical text has keywords and functions in upper
case, and the query on one line if it fits, else a line per clause. A column's name is the item's
text in lower case without blanks (LANGUAGE.md §10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from usql.errors import InternalError
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.lexer import Comment
from usql.language.tables import keywords

WIDTH = 100
"""The line length that the canonical layout tries not to exceed."""

Kind = Literal[
    "keyword", "word", "sign", "operator", "open", "call_open", "close", "comma", "minus"
]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of printed text; ``origin`` is its place in the source, if known."""

    text: str
    kind: Kind
    origin: int | None = None


_BARE_NAME = re.compile(r"[^\W\d]\w*")
_BARE_KEY = re.compile(r"\w[\w-]*")


def quote(text: str) -> str:
    """A string literal in double quotes."""
    return '"' + text.replace('"', '""') + '"'


def alias_text(text: str) -> str:
    """An alias as written after AS: bare if it is a word, else quoted."""
    return text if _BARE_NAME.fullmatch(text) else quote(text)


def field_text(field: s.Field) -> str:
    """A field as a query writes it."""
    parts = [] if field.table is None else [field.table]
    if field.key is not None:
        bare = field.holed or _BARE_KEY.fullmatch(field.key)
        parts += (field.name, field.key if bare else quote(field.key))
    elif field.table is None:
        parts.append(field.name)
    else:
        parts.append(name_text(field.name, field.holed))
    return ".".join(parts)


def name_text(name: str, holed: bool = False) -> str:
    """A field's name as written after its table: bare if it is a word, else quoted."""
    return name if holed or _BARE_NAME.fullmatch(name) else quote(name)


def full_name(table: str, field: str, unqualified: bool) -> str:
    """How a query names a field: with its table, except an ``unqualified`` field whose name is a
    word."""
    is_word = _BARE_NAME.fullmatch(field) and field.upper() not in keywords()
    return field if unqualified and is_word else f"{table}.{name_text(field)}"


def expression_text(node: s.Expression | s.Condition | s.Star | s.Json | s.Funnel) -> str:
    """The name of a column that shows ``node`` (LANGUAGE.md §10): ``avg(useraction.duration)``."""
    out: list[str] = []
    before: Word | None = None
    for word in _node(node):
        text = word.text.lower() if word.kind == "keyword" else word.text
        if (
            before is not None
            and before.kind in ("keyword", "word")
            and word.kind in ("keyword", "word")
        ):
            out.append(" ")
        out.append(text)
        before = word
    return "".join(out)


def format_query(query: s.Query, comments: Iterable[Comment] = (), end: str = "") -> str:
    """The canonical text of a query; comments keep their place between the words. ``end`` is
    written after the last word: the ``;`` of a query that has one."""
    pending = sorted(comments, key=lambda c: c.span)
    clauses = [list(c) for c in _clauses(query)]
    if not pending:
        line = " ".join(_join(clause) for clause in clauses)
        if len(line) <= WIDTH:
            return line + end
    words: list[Word] = []
    for clause in clauses:
        laid = _lay_out(clause)
        words.extend(laid)
    return _print(_fill_origins(words), pending, end)


def _print(words: list[Word], pending: list[Comment], end: str) -> str:
    """Print words that have been laid out (a ``\\n…`` word begins a line with that indentation). A
    comment stays before the same word; one that ends or begins a line gets the rest of the line."""
    lines: list[str] = []
    line = indentation = ""
    before: Word | None = None
    begun = False
    for word in words:
        while pending and word.origin is not None and pending[0].span.start < word.origin:
            text = pending.pop(0).text.strip()
            fresh = not line.strip()
            line = f"{line}{text}" if fresh else f"{line.rstrip()} {text}"
            before = None
            if fresh or text.startswith("--") or "\n" in text:
                lines.append(line)
                line = f"{indentation}    " if begun else indentation
        if word.text.startswith("\n"):
            if line.strip():
                lines.append(line.rstrip())
            indentation = word.text[1:]
            line, before, begun = indentation, None, False
            continue
        blank = line and not line.isspace() and (before is None or _blank(before, word))
        line += (" " if blank else "") + word.text
        before, begun = word, True
    line += end
    for comment in pending:
        text = comment.text.strip()
        line = f"{line} {text}" if line.strip() else text
        if comment.text.startswith("--"):
            lines.append(line)
            line = ""
    if line.strip():
        lines.append(line)
    return "\n".join(lines)


def _fill_origins(words: list[Word]) -> list[Word]:
    """Give words of unknown origin that of the next known one; commas and closing brackets stay
    with the word before them."""
    known: int | None = None
    filled = []
    for word in reversed(words):
        if word.origin is not None:
            known = word.origin
        stays = word.text.startswith("\n") or word.kind in ("comma", "close")
        filled.append(word if stays else Word(word.text, word.kind, known))
    return filled[::-1]


def _lay_out(clause: list[Word]) -> list[Word]:
    """Break a clause that does not fit: at the entries of its list, or the parts of its
    condition."""
    start = [Word("\n", "sign")]
    if len(_join(clause)) <= WIDTH:
        return start + clause
    head, depth = clause[0].text, 0
    out = list(start)
    in_list = head in ("SELECT", "GROUP", "ORDER")
    is_funnel = in_list and any(w.text == "FUNNEL" for w in clause)
    level = 1 if is_funnel else 0
    broke = False
    between = 0
    for word in clause:
        depth -= word.kind == "close"
        if in_list:
            out.append(word)
            first = (
                word.kind == "call_open" if is_funnel else word.text in ("SELECT", "DISTINCT", "BY")
            )
            if depth == (level - 1 if first and is_funnel else level) and (
                word.kind == "comma" or (first and not broke)
            ):
                follows_distinct = word.text == "SELECT" and any(
                    w.text == "DISTINCT" for w in clause[1:2]
                )
                if not follows_distinct:
                    out.append(Word("\n    ", "sign"))
                    broke = broke or first
        else:
            if word.text == "BETWEEN":
                between += 1
            joins = word.kind == "keyword" and word.text in ("AND", "OR") and depth == 0
            if joins and between and word.text == "AND":
                between -= 1
                joins = False
            if joins:
                out.append(Word("\n  ", "sign"))
            out.append(word)
        depth += word.kind in ("open", "call_open")
    return out


def _blank(before: Word, word: Word) -> bool:
    """Whether the canonical text puts a blank between two words."""
    if before.kind in ("open", "call_open", "sign", "minus") or word.kind in (
        "close",
        "comma",
        "call_open",
    ):
        return False
    return word.kind != "sign"


def _join(words: Iterable[Word]) -> str:
    out = ""
    before: Word | None = None
    for word in words:
        if before is not None and _blank(before, word):
            out += " "
        out += word.text
        before = word
    return out


# --- words of the nodes ------------------------------------------------------------------------


def _keyword(text: str, origin: int | None = None) -> Word:
    return Word(text, "keyword", origin)


def _clauses(query: s.Query) -> Iterator[Iterator[Word]]:
    def select() -> Iterator[Word]:
        yield _keyword("SELECT", query.span.start)
        if query.distinct:
            yield _keyword("DISTINCT")
        yield from _list(_item(item) for item in query.items)

    def source() -> Iterator[Word]:
        yield _keyword("FROM")
        yield Word(query.table.name, "word", query.table.span.start)

    yield select()
    yield source()
    if query.where is not None:
        yield iter([_keyword("WHERE"), *_node(query.where)])
    if query.group_by:
        yield iter([_keyword("GROUP"), _keyword("BY"), *_list(_key(k) for k in query.group_by)])
    if query.order_by:
        yield iter([_keyword("ORDER"), _keyword("BY"), *_list(_order(o) for o in query.order_by)])
    if query.limit is not None:
        origin = query.limit_span.start if query.limit_span else None
        limit = query.limit.text if isinstance(query.limit, s.Hole) else str(query.limit)
        yield iter([_keyword("LIMIT"), Word(limit, "word", origin)])


def _list(parts: Iterable[Iterable[Word]]) -> Iterator[Word]:
    for index, part in enumerate(parts):
        if index:
            yield Word(",", "comma")
        yield from part


def _item(item: s.Item) -> Iterator[Word]:
    yield from _node(item.expression)
    if item.filter is not None:
        yield _keyword("FILTER", item.filter.span.start)
        yield Word(item.filter.spelling, "operator")
        yield Word(_signed(item.filter.value), "word")
    yield from _alias(item.alias)


def _signed(value: int | float | s.Hole) -> str:
    if isinstance(value, s.Hole):
        return value.text
    return f"{'-' if value < 0 else ''}{_number(abs(value))}"


def _number(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    return format(value, "f").rstrip("0") + "0" if "e" in text or "inf" in text else text


def _alias(alias: s.Alias | None) -> Iterator[Word]:
    if alias is not None:
        yield _keyword("AS", alias.span.start)
        yield Word(alias.text if alias.holed else alias_text(alias.text), "word")


def _key(key: s.Expression | s.Alias) -> Iterator[Word]:
    if isinstance(key, s.Alias):
        yield Word(f"[{key.text}]", "word", key.span.start)
    else:
        yield from _node(key)


def _order(order: s.Order) -> Iterator[Word]:
    yield from _key(order.key)
    if order.explicit:
        yield _keyword(order.direction.value)


def _bracketed(parts: Iterable[Word], kind: Kind = "open") -> Iterator[Word]:
    yield Word("(", kind)
    yield from parts
    yield Word(")", "close")


def _node(node: s.Node) -> Iterator[Word]:
    at = node.span.start
    match node:
        case s.Field():
            yield Word(field_text(node), "word", at)
        case s.Number(text=text) | s.Hole(text=text):
            yield Word(text, "word", at)
        case s.String(value=value):
            yield Word(quote(value), "word", at)
        case s.Boolean(value=value):
            yield _keyword("TRUE" if value else "FALSE", at)
        case s.Null():
            yield _keyword("NULL", at)
        case s.Variable(name=name):
            yield Word(f"${name}", "word", at)
        case s.Star(table=table):
            yield Word("*" if table is None else f"{table}.*", "word", at)
        case s.Json():
            yield Word("JSON", "word", at)
        case s.Call(name=name, arguments=arguments):
            yield Word(name, "word" if "{" in name else "keyword", at)
            yield from _bracketed(_list(_node(a) for a in arguments), "call_open")
        case s.Funnel(steps=steps):
            yield _keyword("FUNNEL", at)
            yield from _bracketed(
                _list([*_node(step.condition), *_alias(step.alias)] for step in steps), "call_open"
            )
        case s.Distinct(operand=operand):
            yield _keyword("DISTINCT", at)
            yield from _node(operand)
        case s.Where(condition=condition):
            yield _keyword("WHERE", at)
            yield from _node(condition)
        case s.Arithmetic():
            yield from _node(node.left)
            kind: Kind = "keyword" if node.spelling == "MOD" else "operator"
            yield Word(node.spelling, kind)
            yield from _node(node.right)
        case s.Negative(operand=operand):
            yield Word("-", "operator" if isinstance(operand, s.Negative) else "minus", at)
            yield from _node(operand)
        case s.Brackets(inner=inner):
            yield from _bracketed(_node(inner))
        case s.ValueList(values=values):
            yield from _bracketed(_list(_node(v) for v in values))
        case s.And(parts=parts):
            for index, part in enumerate(parts):
                if index and not isinstance(part, s.Hole):
                    yield _keyword("AND")
                yield from _node(part)
        case s.Or(parts=parts):
            for index, part in enumerate(parts):
                if index:
                    yield _keyword("OR")
                yield from _node(part)
        case s.Not(part=part):
            yield _keyword("NOT", at)
            yield from _node(part)
        case s.Bare(expression=expression):
            yield from _node(expression)
        case s.Comparison():
            yield from _node(node.left)
            yield from _operator(node.spelling)
            yield from _node(node.right)
        case s.Between():
            yield from _node(node.left)
            yield from _operator("NOT BETWEEN" if node.negated else "BETWEEN")
            yield from _node(node.low)
            yield _keyword("AND")
            yield from _node(node.high)
        case s.In():
            yield from _node(node.left)
            yield from _operator("NOT IN" if node.negated else "IN")
            yield from _node(node.values)
        case s.Like():
            yield from _node(node.left)
            yield from _operator("NOT LIKE" if node.negated else "LIKE")
            yield from _node(node.pattern)
        case s.StartsWith():
            yield from _node(node.left)
            yield from _operator("NOT STARTSWITH" if node.negated else "STARTSWITH")
            yield from _node(node.prefix)
        case _:
            raise InternalError(f"not a node to print: {type(node).__name__}")


def _operator(spelling: str) -> Iterator[Word]:
    if spelling[0].isalpha():
        yield from (_keyword(word) for word in spelling.split())
    else:
        yield Word(spelling, "operator")
