"""``usql fmt``."""

from __future__ import annotations

import click

from usql import UsqlError
from usql import format as format_text
from usql.cli.completion import files
from usql.cli.configured import Configured, exclude_option, listed
from usql.cli.options import read_encoded, tell


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-", shell_complete=files)
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; exit 1 if a file would change."
)
@exclude_option
def fmt(files: tuple[str, ...], only_check: bool, exclude: str | None) -> int:
    """Write the queries in FILEs in their canonical form; "-" goes from standard input to output.
    Files that contain other things besides queries, such as programs, are left unchanged.

    The nearest usql.toml, or [tool.usql] in pyproject.toml, upwards from a file may exclude it.
    """
    configured = Configured(listed(exclude))
    refused = changed = 0
    for name in files:
        if configured.excludes(name):
            tell(f"note: {name} is excluded")
            continue
        if _holds_queries(name):
            tell(
                f"{name} does not hold queries alone and stays as it is; usql check checks and "
                "corrects the queries in it"
            )
            refused += 1
            continue
        text, encoding = read_encoded(name)
        try:
            formatted = format_text(text) + "\n"
        except UsqlError as error:
            tell(error.drawn(name="stdin" if name == "-" else name))
            refused += 1
            continue
        if name == "-" and not only_check:
            click.echo(formatted, nl=False)
        elif formatted != text:
            changed += 1
            if not only_check:
                from usql.files.atomic import replacing_file

                with replacing_file(name) as file:
                    file.write(encoding.encode(formatted))
            tell(f"{'would change' if only_check else 'changed'} {name}")
    return 1 if refused or (only_check and changed) else 0


def _holds_queries(name: str) -> bool:
    """Whether a file is in another language that may contain queries."""
    if name == "-" or name.endswith(".usql"):
        return False
    from usql.editor.embedded import language_of

    return language_of(name) != "usql"
