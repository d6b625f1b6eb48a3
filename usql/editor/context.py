"""The cursor's context in a query: what the grammar accepts there, and what encloses it.

The words before the cursor are run through the grammar's tables as in the parser, with the same
repairs, so that mistakes further left do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from usql.catalog import PRIMARY, Catalog, Table
from usql.catalog.names import near
from usql.editor.ranges import Statement, comment_at, statement_at
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.builder import TreeBuilder
from usql.language.common_mistakes import repair
from usql.language.diagnostics import Span
from usql.language.lexer import lex
from usql.language.parser import MOST_ERRORS
from usql.language.recovery import find_way
from usql.language.tables import END, Stack
from usql.language.token import Token, make

CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP", "ORDER", "LIMIT")
"""The words that begin the clauses, in the order in which they stand."""

COMPARISONS = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE"})
_TESTS = COMPARISONS | {"IS", "NOT", "LIKE", "STARTSWITH", "BETWEEN", "IN"}
_QUOTED = ("STRING", "OPEN_STRING", "CURLY_STRING", "BACKTICK")
_PROPERTY = re.compile(r"(\w+)\s*\.\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Frame:
    """An open bracket. ``opener`` is the word before it in upper case: a function's name, ``IN``,
    ``BETWEEN``, ``DISTINCT``, or empty. ``argument`` is the index of the argument; ``has_where``
    says that the cursor stands after the ``WHERE`` of a CONDITION."""

    opener: str
    start: int
    argument: int = 0
    has_where: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """The condition whose right side is being written: its field, the words of its operator, and
    the values already written."""

    field: s.Field
    operator: str
    values: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """The context of the cursor.

    ``word`` is what a completion replaces, ``typed`` the part of it before the cursor, ``token``
    the whole word. ``path`` holds the names before the word and its dot. ``before`` are the words
    before that as the parser reads them, and ``accepted`` the terminals that may follow them.
    ``table`` is the query's table.
    """

    statement: Statement
    word: Span
    typed: str
    token: Token | None
    path: tuple[str, ...]
    before: tuple[Token, ...]
    accepted: frozenset[str]
    clause: str
    frames: tuple[Frame, ...]
    table: Table

    @property
    def last(self) -> str:
        """The terminal before the cursor's word; empty at the beginning of a query."""
        return self.before[-1].type if self.before else ""

    @property
    def is_quoted(self) -> bool:
        """Whether the cursor stands inside a string."""
        return self.token is not None and self.token.type in _QUOTED

    @property
    def frame(self) -> Frame | None:
        """The innermost open bracket."""
        return self.frames[-1] if self.frames else None


def context_at(text: str, offset: int, catalog: Catalog) -> Context | None:
    """The context of an offset; ``None`` where the language has nothing to offer: in a comment or a
    placeholder."""
    if comment_at(text, offset) is not None:
        return None
    statement = _cut_property(text, statement_at(text, offset), offset)
    tokens = statement.tokens
    token = _touched(tokens, offset)
    if token is not None and token.type in ("HOLE", "OPEN_COMMENT"):
        return None
    begin = offset if token is None else token.start
    before = [t for t in tokens if t.end <= begin]
    path: list[str] = []
    word = Span(begin, offset) if token is None else _replaced(tokens, token, offset)
    if token is not None and token.type == "PROPERTY":
        match = _PROPERTY.fullmatch(token)
        assert match is not None  # the terminal's pattern is stricter
        key = token.start + match.start(2)
        if offset >= key:
            path, word = [match[1]], Span(key, token.end)
        else:
            word = Span(token.start, token.start + match.end(1))
    while len(before) > 1 and before[-1].type == "DOT" and _ends_name(before[-2]):
        path.insert(0, str(before[-2]))
        del before[-2:]
    read, accepted = _read(before, text, offset)
    frames = _frames(read)
    return Context(
        statement,
        word,
        text[word.start : offset],
        token,
        tuple(path),
        tuple(read),
        frozenset(accepted),
        _clause(read),
        frames,
        table_of(_with_gap(tokens, token, offset), catalog),
    )


def table_of(tokens: Sequence[Token], catalog: Catalog) -> Table:
    """The table of the query with these words: the one named after FROM, one with a similar name,
    or the primary table."""
    for index, token in enumerate(tokens[:-1]):
        if token.type == "FROM" and not _is_name(tokens, index):
            name = tokens[index + 1]
            table = catalog.get(name)
            if table is None:
                guess = next(iter(near(name, [t.name for t in catalog], 1)), None)
                table = None if guess is None else catalog.get(guess)
            if table is not None:
                return table
    return catalog.table(PRIMARY)


def field_before(tokens: Sequence[Token], end: int) -> s.Field | None:
    """The field whose last word is ``tokens[end - 1]``."""
    if end < 1:
        return None
    begin = end - 1
    last = tokens[begin]
    has_table = begin > 1 and tokens[begin - 1].type == "DOT" and _may_be_table(tokens[begin - 2])
    if not (last.isidentifier() or last.type in ("PROPERTY", *(("HOLE", "STRING") * has_table))):
        return None
    if has_table:
        begin -= 2
    elif tokens[begin].type not in ("NAME", "PROPERTY", "ASC", "DESC", "FILTER", "MOD"):
        return None
    return TreeBuilder().field(list(tokens[begin:end]))


def _ends_name(token: Token) -> bool:
    return token[-1:].isidentifier() or token.type == "HOLE"


def _may_be_table(token: Token) -> bool:
    return token.isidentifier() or token.type == "HOLE"


def pending_test(tokens: Sequence[Token]) -> Pending | None:
    """The condition whose right side the last words begin or continue; ``None`` if there is
    none."""
    depth, joined, listed = 0, False, False
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index].type
        if kind == "RPAR":
            depth += 1
        elif kind == "LPAR":
            depth -= 1
            if depth < 0:
                if index == 0 or tokens[index - 1].type not in ("IN", "BETWEEN"):
                    return None
                depth, listed = 0, False
        elif depth > 0:
            continue
        elif kind == "COMMA":
            listed = True
        elif kind == "AND":
            if joined:
                return None
            joined = True
        elif kind in _TESTS:
            if listed or (joined and kind != "BETWEEN"):
                return None
            return _test(tokens, index)
        elif kind in ("WHERE", "OR", "SELECT", "BY", "FROM", "FILTER"):
            return None
    return None


def _test(tokens: Sequence[Token], last: int) -> Pending | None:
    first = last
    while first > 0 and tokens[first - 1].type in ("IS", "NOT"):
        first -= 1
    field = field_before(tokens, first)
    if field is None:
        return None
    operator = " ".join(t.upper() for t in tokens[first : last + 1])
    return Pending(field, operator, tuple(tokens[last + 1 :]))


# --- the cursor's word --------------------------------------------------------------------------


def _cut_property(text: str, statement: Statement, offset: int) -> Statement:
    """The statement with its words read again, if the cursor stands after the dot of a property
    list and the next word would be taken for the key: ``stringProperties.| FROM``."""
    for index, token in enumerate(statement.tokens):
        if token.type != "PROPERTY" or not token.start < offset < token.end:
            continue
        dot = token.start + token.index(".")
        if dot < offset and not text[dot + 1 : offset].strip() and text[offset].isspace():
            head = [
                Token("NAME", token[: dot - token.start].rstrip(), token.start, dot),
                Token("DOT", ".", dot, dot + 1),
            ]
            tail = [
                Token(t.type, t, t.start + offset, t.end + offset)
                for t in lex(text[offset : statement.span.end])[0]
            ]
            tokens = (*statement.tokens[:index], *head, *tail)
            return Statement(statement.span, tokens, statement.comments)
    return statement


def _with_gap(tokens: Sequence[Token], token: Token | None, offset: int) -> list[Token]:
    """The words with an empty one at the cursor if it is not in a word: ``usersession.| FROM`` has
    no field FROM."""
    gap = [make("NAME", "", Span(offset, offset))] if token is None else []
    before = [t for t in tokens if t.start < offset]
    return [*before, *gap, *tokens[len(before) :]]


def _touched(tokens: Sequence[Token], offset: int) -> Token | None:
    """The word at the cursor, also if the cursor stands at its end, except at the end of a closed
    string."""
    for token in tokens:
        if not token.start < offset <= token.end:
            continue
        closed = token.type in ("STRING", "BRACKETED", "HOLE", "CURLY_STRING", "BACKTICK")
        if offset == token.end and (closed or (token.type == "PROPERTY" and token[-1] in "\"'")):
            return None
        is_word = token[-1].isalnum() or token[-1] in "_$"
        is_word = is_word or token.type in ("OPEN_STRING", "OPEN_COMMENT", "PROPERTY")
        return token if closed or is_word else None
    return None


def _replaced(tokens: Sequence[Token], token: Token, offset: int) -> Span:
    """The part of the word that a completion replaces. In a string that was just opened only the
    part before the cursor, since the quote that seems to close it opens another string."""
    if token.type == "OPEN_STRING":
        return Span(token.start, offset)
    if token.type == "STRING" and any(
        t.type == "OPEN_STRING" and t.start > token.start for t in tokens
    ):
        return Span(token.start, offset)
    return token.span


# --- the words before it ------------------------------------------------------------------------


def _read(before: list[Token], text: str, offset: int) -> tuple[list[Token], set[str]]:
    """The words as the parser reads them after repairs, and the terminals that may follow."""
    gap = Span(offset, offset)
    probe, hole = make("NAME", "", gap), make("HOLE", "", gap)
    # A word at the cursor, without which a comma before it would be taken for a mistake.
    words = repair([*before, probe], text)[0][:-1]
    ahead = [*words, probe, make(END, "", gap)]
    stack = Stack()
    read: list[Token] = []
    at = errors = 0
    while True:
        refused = stack.feed(words, at)
        read += words[at:refused]
        if refused == len(words):
            return read, stack.accepted()
        if words[refused].type in CLAUSES and stack.takes(("HOLE", words[refused].type)):
            stack.feed([hole])  # while something is missing, a clause is not a superfluous word
            read.append(hole)
            at = refused
            continue
        errors += 1
        if errors > MOST_ERRORS:
            at = refused + 1
            continue
        depth = sum((t.type == "LPAR") - (t.type == "RPAR") for t in read)
        way = find_way(stack, ahead, refused, depth)
        if refused + way.skip > len(words) or not (way.tokens or way.skip):
            at = refused + 1
            continue
        stack.feed(way.tokens)
        read += way.tokens
        at = refused + way.skip


def _is_name(tokens: Sequence[Token], index: int) -> bool:
    """Whether a keyword is a name because of its place: after a dot or AS."""
    return index > 0 and tokens[index - 1].type in ("DOT", "AS")


def _frames(tokens: Sequence[Token]) -> tuple[Frame, ...]:
    """The open brackets, outermost first."""
    open_: list[Frame] = []
    for index, token in enumerate(tokens):
        kind = token.type
        if kind == "LPAR":
            opener = tokens[index - 1] if index else None
            has_opener = opener is not None and opener.type in (
                *("NAME", "FUNNEL", "IN", "BETWEEN", "DISTINCT"),
            )
            open_.append(Frame(str(opener).upper() if has_opener else "", token.start))
        elif kind == "RPAR" and open_:
            open_.pop()
        elif open_ and kind in ("COMMA", "WHERE") and not _is_name(tokens, index):
            top = open_.pop()
            comma = kind == "COMMA"
            open_.append(Frame(top.opener, top.start, top.argument + comma, not comma))
    return tuple(open_)


def _clause(tokens: Sequence[Token]) -> str:
    """The keyword of the cursor's clause, outside all brackets."""
    depth, clause = 0, ""
    for index, token in enumerate(tokens):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth == 0 and token.type in CLAUSES and not _is_name(tokens, index):
            clause = token.type
    return clause
