"""Tab completion in bash, zsh and fish, by click, with the names that usql knows.

The shell runs the command with ``_USQL_COMPLETE`` at every Tab, so nothing slow is imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    shell_complete,
)

VARIABLE = "_USQL_COMPLETE"
"""Environment variable that holds ``SHELL_source`` (the script that sets it up) or
``SHELL_complete``."""

Items: TypeAlias = "list[CompletionItem[str]]"  # older versions of click cannot index it


def complete(group: click.Command, instruction: str) -> int:
    """Do what a shell asks for, on standard output, and return 0; wrong usage for an unknown
    instruction."""
    if shell_complete(group, {}, "usql", VARIABLE, instruction):
        raise click.UsageError(
            f"{VARIABLE} is {instruction!r}; to set completion up it is bash_source, zsh_source or "
            "fish_source."
        )
    return 0


class _Bash(BashComplete):
    """bash, which splits ``--format=csv`` into three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        before = ["", *args]
        is_sign = [a == "=" and b.startswith("--") for a, b in zip(args, before, strict=False)]
        return [a for a, sign in zip(args, is_sign, strict=True) if not sign], incomplete


class _Fish(FishComplete):
    """fish, with support for commas in completions and their descriptions."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


add_completion_class(_Bash)
add_completion_class(_Fish)


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Names of files, completed by the shell itself."""
    return [CompletionItem(incomplete, type="file")]


def data_after_query(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Files, once there is a query or none is needed because it comes from a file."""
    has_query = ctx.params.get("query_file") or ctx.params.get("arguments")
    return files(ctx, param, incomplete) if has_query else []


def field_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Tables and fields; after a table's name and a dot, the fields of that table."""
    from usql.catalog import default_catalog
    from usql.catalog.describe import describe

    table, dot, _ = incomplete.partition(".")
    known = default_catalog().get(table)
    if dot and known is not None:
        items = [(f"{known.name}.{field.name}", describe(field)) for field in known.fields]
        return _beginning(items, incomplete)
    items = [(table.name, table.description) for table in default_catalog()]
    if incomplete:
        items += [(f.name, describe(f)) for table in default_catalog() for f in table.fields]
    return _beginning(items, incomplete)


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Rules by name or code, after those already listed."""
    from usql.language.rules import RULES

    listed, comma, begun = incomplete.rpartition(",")
    items = [(rule.name, rule.summary) for rule in RULES.values()]
    items += [(rule.code, rule.summary) for rule in RULES.values() if begun]
    return _beginning([(f"{listed}{comma}{name}", text) for name, text in items], incomplete)


def _beginning(items: Iterable[tuple[str, str]], incomplete: str) -> Items:
    begun = incomplete.lower()
    matches = {name: text for name, text in items if name.lower().startswith(begun)}
    return [CompletionItem(name, help=text) for name, text in matches.items()]
