"""``usql check``."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

import click

from usql.checks import PROFILES
from usql.cli import completion, reports, summaries
from usql.cli.configured import Configured, exclude_option, listed
from usql.cli.options import UnreadableArgument, profile_option, read_encoded, tell
from usql.configuration import Configuration
from usql.editor import embedded
from usql.editor.problems.validation import RuleSelection, validate
from usql.errors import UnreadableError
from usql.files.encoding import Encoding
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic


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
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix or --diff, apply the first of the other corrections too.",
)
@click.option(
    "--select",
    metavar="RULES",
    help="Report only these rules, comma-separated.",
    shell_complete=completion.rules,
)
@click.option(
    "--ignore",
    metavar="RULES",
    help="Report all but these rules, comma-separated.",
    shell_complete=completion.rules,
)
@exclude_option
@click.option("--statistics", is_flag=True, help="Count the problems of each rule instead.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if problems are found.")
def check(
    files: tuple[str, ...],
    profile: str | None,
    form: str,
    fix: bool,
    diff: bool,
    unsafe_fixes: bool,
    select: str | None,
    ignore: str | None,
    exclude: str | None,
    statistics: bool,
    exit_zero: bool,
) -> int:
    """Check the queries in FILEs, in all files of FOLDERs, or on standard input, without any data.

    FILEs contain USQL, or have it in their strings: dashboards in JSON, YAML or Terraform, programs
    in Python, TypeScript or JavaScript. In Markdown, code fences of usql are read. Rules are named
    by name, code or the beginning of codes: use-in, USQL704, USQL7.

    Options that are not given are taken from the nearest usql.toml, or [tool.usql] in
    pyproject.toml, upwards from each file: profile, select, ignore, exclude.
    """
    _check_options(form, fix, diff, unsafe_fixes, statistics)
    configured = Configured(listed(exclude))
    chosen = _Chosen(profile, listed(select), listed(ignore))
    run = _Run(fix=fix, diff=diff, unsafe=unsafe_fixes)
    chosen.judge(Configuration())  # report an unknown rule even if there are no files
    for name, is_argument in _files(files, configured):
        run.take(name, is_argument, chosen.judge(configured.of(name)))
    out = sys.stderr if fix and "-" in files else sys.stdout
    if diff:
        run.tell_changes()
    else:
        forms = summaries.STATISTICS if statistics else reports.FORMS
        for line in forms[form](run.judged):
            click.echo(line, file=out)
        if form == "text":
            for line in summaries.closing(run.judged, run.corrected):
                click.echo(line, file=out)
    failures = run.changed if diff else 0
    failures += sum(d.is_error for one in run.judged for d in one.diagnostics)
    return 1 if run.unread or (failures and not exit_zero) else 0


def _check_options(form: str, fix: bool, diff: bool, unsafe: bool, statistics: bool) -> None:
    if fix and diff:
        raise click.UsageError("Choose --fix, which writes, or --diff, which only shows.")
    if unsafe and not (fix or diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff.")
    if diff and (statistics or form != "text"):
        raise click.UsageError("--diff shows only changes, as text.")
    if statistics and form not in summaries.STATISTICS:
        known = " or ".join(summaries.STATISTICS)
        raise click.UsageError(f"--statistics are written as {known}.")


_Judge = Callable[[str], list[Diagnostic]]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The options given on the command line."""

    profile: str | None
    select: tuple[str, ...] | None
    ignore: tuple[str, ...] | None
    _judges: dict[Configuration, _Judge] = field(default_factory=dict)

    def judge(self, file: Configuration) -> _Judge:
        """The function that checks texts under a configuration file."""
        if file not in self._judges:
            profile = self.profile or file.profile or PROFILES[0]
            select = file.select if self.select is None else self.select
            ignore = file.ignore if self.ignore is None else self.ignore
            if file.file is not None:
                _rules(file.select, file.ignore, f"{file.file}: ")
            rules = _rules(select, ignore)
            self._judges[file] = functools.partial(validate, profile=profile, rules=rules)
        return self._judges[file]


def _rules(
    select: tuple[str, ...] | None, ignore: tuple[str, ...] | None, place: str = ""
) -> RuleSelection:
    try:
        return RuleSelection.of(select or (), ignore or ())
    except ValueError as error:
        end = "" if str(error).endswith("?") else "."
        raise click.UsageError(f"{place}{error}{end}") from None


@dataclass(slots=True)
class _Run:
    """The work of one call on each file, and the problems found so far."""

    fix: bool
    diff: bool
    unsafe: bool
    judged: list[reports.Judged] = field(default_factory=list)
    unread: int = 0
    corrected: int = 0
    changed: int = 0

    def take(self, name: str, is_argument: bool, judge: _Judge) -> None:
        """Check a file, and correct it or show how. An unreadable file in a folder does not stop
        the run; it is a failure if it was named or is a file of queries."""
        language = embedded.language_of(name)
        try:
            text, encoding = read_encoded(name)
        except UnreadableArgument as error:
            if is_argument:
                raise
            tell(error.message)
            self.unread += language == "usql"
            return
        try:
            if self.fix or self.diff:
                fixed, applied = embedded.fix_file(text, language, judge, unsafe=self.unsafe)
                self._change(name, text, fixed, encoding)
                text, self.corrected = fixed, self.corrected + applied
            diagnostics = embedded.judge_file(text, language, judge)
            self.judged.append(reports.Judged(_shown(name), text, diagnostics))
        except UnreadableError as error:
            tell(f"{name} cannot be read: {error}")
            self.unread += is_argument

    def _change(self, name: str, text: str, fixed: str, encoding: Encoding) -> None:
        """Write the corrected text back in its original encoding, or show the differences."""
        self.changed += fixed != text
        if self.diff:
            is_terminal = sys.stdout.isatty()
            for line in summaries.diff(_shown(name), text, fixed, to_terminal=is_terminal):
                click.echo(line)
        elif name == "-":
            click.echo(fixed, nl=False)
        elif fixed != text:
            from usql.files.atomic import replacing_file

            with replacing_file(name) as file:
                file.write(encoding.encode(fixed))

    def tell_changes(self) -> None:
        """Report how many corrections ``--fix`` would make, and how many it would not."""
        checked = summaries.number(len(self.judged), "file")
        if self.changed:
            corrections = summaries.number(self.corrected, "correction")
            checked += (
                f" checked; {corrections} would change {summaries.number(self.changed, 'file')}"
            )
        else:
            checked += " checked; nothing would change"
        tell(f"{checked}; {summaries.problems(self.judged)} would remain")


def _shown(name: str) -> str:
    return "stdin" if name == "-" else name


def _files(names: Sequence[str], configured: Configured) -> Iterator[tuple[str, bool]]:
    """The files, and whether each was named explicitly. In folders only files with the suffix of a
    known language; hidden folders, installed packages and excluded files are skipped."""
    for name in names:
        if configured.excludes(name):
            tell(f"note: {name} is excluded")
            continue
        if not os.path.isdir(name):
            yield name, True
            continue
        for folder, folders, inside in os.walk(name):
            folders[:] = sorted(
                f
                for f in folders
                if f[0] != "."
                and f not in _INSTALLED
                and not configured.excludes(os.path.join(folder, f))
            )
            for file in sorted(inside):
                path = os.path.join(folder, file)
                if file.endswith(tuple(embedded.SUFFIXES)) and not configured.excludes(path):
                    yield path, False


_INSTALLED = ("node_modules", "site-packages")
