"""What the Tab key offers in bash, zsh and fish: click's way, and the names that usql knows.

A shell asks by running the command with ``_USQL_COMPLETE``, at every Tab: nothing heavy is imported.
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
    """Do what a shell asks for, on standard output, and return 0; wrong usage if it is unknown."""
    if shell_complete(group, {}, "usql", VARIABLE, instruction):
        raise click.UsageError(
            f"{VARIABLE} is {instruction!r}; to set completion up it is bash_source, zsh_source or "
            "fish_source."
        )
    return 0


class _Bash(BashComplete):
    """bash, which makes three words of ``--format=csv``."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        before = ["", *args]
        is_sign = [a == "=" and b.startswith("--") for a, b in zip(args, before, strict=False)]
        return [a for a, sign in zip(args, is_sign, strict=True) if not sign], incomplete


class _Fish(FishComplete):
    """fish, with commas in what is offered and said of it."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


add_completion_class(_Bash)
add_completion_class(_Fish)


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Names of files, by the shell's own means."""
    return [CompletionItem(incomplete, type="file")]


def data_behind_query(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Files once there is a query, or where it comes from a file or is not needed."""
    has_query = ctx.params.get("query_file") or ctx.params.get("arguments")
    return files(ctx, param, incomplete) if has_query else []


def field_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Tables and fields; those of a table once its name and a dot stand there."""
    from usql.catalog import default_catalog
    from usql.catalog.describe import describe

    table, dot, _ = incomplete.partition(".")
    known = default_catalog().get(table)
    if dot and known is not None:
        named = [(f"{known.name}.{field.name}", describe(field)) for field in known.fields]
        return _beginning(named, incomplete)
    named = [(table.name, table.description) for table in default_catalog()]
    if incomplete:
        named += [(f.name, describe(f)) for table in default_catalog() for f in table.fields]
    return _beginning(named, incomplete)


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Rules by name or code, behind those that are listed already."""
    from usql.language.rules import RULES

    listed, comma, begun = incomplete.rpartition(",")
    named = [(rule.name, rule.summary) for rule in RULES.values()]
    named += [(rule.code, rule.summary) for rule in RULES.values() if begun]
    return _beginning([(f"{listed}{comma}{name}", text) for name, text in named], incomplete)


def _beginning(named: Iterable[tuple[str, str]], incomplete: str) -> Items:
    begun = incomplete.lower()
    found = {name: text for name, text in named if name.lower().startswith(begun)}
    return [CompletionItem(name, help=text) for name, text in found.items()]
