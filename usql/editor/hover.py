"""Hover: explanations of the word under the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from usql.catalog import Catalog, Table, default_catalog
from usql.editor.context import field_before, table_of
from usql.editor.fields import Reach, describe, detail, resolve
from usql.editor.keywords import KEYWORDS, VARIABLES
from usql.editor.ranges import query_at, statement_at
from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.declarations import Function
from usql.language.diagnostics import Span
from usql.language.formatter import expression_text
from usql.language.functions import FUNCTIONS
from usql.language.token import Token


@dataclass(frozen=True, slots=True)
class Hover:
    """An explanation of the text in ``span``, as Markdown."""

    span: Span
    markdown: str


def hover(text: str, offset: int, catalog: Catalog | None = None) -> Hover | None:
    """The explanation of the word at an offset, a table, field, alias, function, keyword or
    variable, whatever the state of the query; ``None`` for other words.

    >>> found = hover("SELECT bounce FROM usersession", 8)
    >>> found and found.markdown.splitlines()[0]
    '**bounce** `boolean` of usersession'
    """
    known = catalog or default_catalog()
    tokens = statement_at(text, offset).tokens
    index = next((i for i, t in enumerate(tokens) if t.start <= offset < t.end), None)
    if index is None:  # directly after a word still counts as the word
        index = next((i for i, t in enumerate(tokens) if t.end == offset), None)
    if index is None:
        return None
    token = tokens[index]
    markdown = _meaning(text, tokens, index, known)
    return None if markdown is None else Hover(token.span, markdown)


def _meaning(text: str, tokens: Sequence[Token], index: int, catalog: Catalog) -> str | None:
    token = tokens[index]
    before = tokens[index - 1].type if index else ""
    after = tokens[index + 1].type if index + 1 < len(tokens) else ""
    is_name = token.type == "STRING" and before == "DOT"
    if before == "AS" or (token.type in ("STRING", "BRACKETED") and not is_name):
        return _alias(text, token)
    if token.type == "VARIABLE":
        meaning = VARIABLES.get(token.upper())
        return None if meaning is None else f"**{token.upper()}** `time`\n\n{meaning}"
    if after == "LPAR" and token.upper() in FUNCTIONS:
        return function_text(FUNCTIONS[token.upper()])
    table = catalog.get(token)
    if table is not None and (before == "FROM" or after == "DOT"):
        return _table(table)
    if token.type in KEYWORDS and before != "DOT":
        return f"**{token.type}**\n\n{KEYWORDS[token.type]}"
    node = field_before(tokens, index + 1)
    if node is None:
        return None
    queried = table_of(tokens, catalog)
    alias = _alias(text, token) if node.table is None and queried.get(node.name) is None else None
    if alias is not None:
        return alias
    reach = resolve(catalog, queried, node)
    return None if reach is None else _field(reach)


def function_text(function: Function) -> str:
    """A function as Markdown: signature, meaning, example."""
    return (
        f"```usql\n{function.signature}\n```\n\n{function.meaning}\n\n"
        f"```usql\n{function.example}\n```"
    )


def _table(table: Table) -> str:
    source = (
        "the sessions themselves"
        if table.json_property is None
        else f"`{table.json_property}[]` of a session"
    )
    return f"**{table.name}** `table`\n\n{table.description} In exports {source}."


def _field(reach: Reach) -> str:
    head = f"**{reach.key or reach.field.name}** `{detail(reach)}` of {reach.table.name}"
    body = describe(reach)
    return f"{head}\n\n{body}" if body else head


def _alias(text: str, token: Token) -> str | None:
    """The meaning of a name given with AS, at its definition and where it is used."""
    parsed = query_at(text, token.start)
    if parsed is None or parsed.query is None:
        return None
    name = str(token)[1:-1] if token.type in ("STRING", "BRACKETED") else str(token)
    for alias, node in aliases_of(parsed.query):
        if alias.text.lower() == name.lower():
            return f"**{alias.text}** `alias`\n\n```usql\n{expression_text(node)}\n```"
    return None


def aliases_of(
    query: s.Query,
) -> list[tuple[s.Alias, s.Expression | s.Condition | s.Star | s.Json]]:
    """The aliases of a query with their meanings: those of items, then those of funnel steps."""
    aliases: list[tuple[s.Alias, s.Expression | s.Condition | s.Star | s.Json]] = []
    for item in query.items:
        node = item.expression
        if isinstance(node, s.Funnel):
            aliases += [(x.alias, x.condition) for x in node.steps if x.alias is not None]
        elif item.alias is not None:
            aliases.append((item.alias, node))
    return aliases
