"""``usql check``."""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from usql.cli import completion, reports
from usql.cli.options import Unreadable, profile_option, read_encoded, tell
from usql.editor import embedded
from usql.editor.fixes import is_safe
from usql.editor.validation import RuleSelection, validate
from usql.encoding import Encoding
from usql.files import replacing_file
from usql.language.diagnostics import Severity


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE|FOLDER...|-", shell_complete=completion.files
)
@profile_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(reports.FORMS)),
    default="text",
    show_default=True,
    help="How problems are written.",
)
@click.option("--fix", is_flag=True, help="Apply the corrections that keep the meaning.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix, apply the first of all others too.")
@click.option(
    "--select",
    metavar="RULES",
    default="",
    help="Only these rules, comma-separated.",
    shell_complete=completion.rules,
)
@click.option(
    "--ignore",
    metavar="RULES",
    default="",
    help="Not these rules, comma-separated.",
    shell_complete=completion.rules,
)
def check(
    files: tuple[str, ...],
    profile: str,
    form: str,
    fix: bool,
    unsafe_fixes: bool,
    select: str,
    ignore: str,
) -> int:
    """Judge the queries in FILEs, in all files of FOLDERs, or on standard input, without any data.

    FILEs hold USQL, or have it in their strings: dashboards in JSON, YAML or Terraform, programs in
    Python, TypeScript or JavaScript. Of Markdown the code fences of usql are read.
    Rules are named by name, code or the beginning of codes: use-in, USQL704, USQL7.
    """
    if unsafe_fixes and not fix:
        raise click.UsageError("--unsafe-fixes goes with --fix.")
    try:
        rules = RuleSelection.of(_words(select), _words(ignore))
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    judge = functools.partial(validate, profile=profile, rules=rules)
    judged: list[reports.Judged] = []
    unread = corrected = 0
    for name, is_named in _files(files):
        language = embedded.language_of(name)
        try:
            text, encoding = read_encoded(name)
        except Unreadable as error:
            if is_named:
                raise
            tell(error.message)  # other files of the folder are judged
            unread += language == "usql"
            continue

        try:
            if fix:
                mended, applied = embedded.mend(text, language, judge, unsafe=unsafe_fixes)
                _write(name, text, mended, encoding)
                text, corrected = mended, corrected + applied
            found = embedded.judge(text, language, judge)
            judged.append(reports.Judged(_shown(name), text, found))
        except embedded.UnreadableError as error:
            tell(f"{name} can not be read: {error}")
            unread += is_named
    out = sys.stderr if fix and "-" in files else sys.stdout
    for line in reports.FORMS[form](judged):
        click.echo(line, file=out)
    counts = Counter(d.severity for one in judged for d in one.found)
    if form == "text":
        for line in _summary(judged, counts, corrected):
            click.echo(line, file=out)
    return 1 if counts[Severity.ERROR] or unread else 0


def _words(listed: str) -> list[str]:
    return [word for part in listed.split(",") if (word := part.strip())]


def _shown(name: str) -> str:
    return "stdin" if name == "-" else name


def _files(names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The files, and whether each was named itself. Of folders those whose name ends as a known
    language's; hidden folders and installed packages are passed by."""
    for name in names:
        if not os.path.isdir(name):
            yield name, True
            continue
        for folder, folders, inside in os.walk(name):
            folders[:] = sorted(f for f in folders if f[0] != "." and f not in _INSTALLED)
            for file in sorted(inside):
                if file.endswith(tuple(embedded.SUFFIXES)):
                    yield os.path.join(folder, file), False


_INSTALLED = ("node_modules", "site-packages")


def _write(name: str, text: str, mended: str, encoding: Encoding) -> None:
    """Write the corrected text back, encoded as it was."""
    if name == "-":
        click.echo(mended, nl=False)
    elif mended != text:
        with replacing_file(name) as file:
            file.write(encoding.encode(mended))


def _summary(
    judged: Sequence[reports.Judged], counts: Counter[Severity], corrected: int
) -> Iterator[str]:
    if corrected:
        yield f"{corrected} correction{'s' * (corrected > 1)} applied"
    safe = sum(is_safe(d) for one in judged for d in one.found)
    if safe:
        yield f"--fix corrects {safe} of these"
    if counts:
        yield ", ".join(
            f"{n} {s.value}{'s' if n > 1 and s is not Severity.INFORMATION else ''}"
            for s in Severity
            if (n := counts[s])
        )
