"""``python -m tests.robust.fuzz TARGET… [--seconds N]`` or ``--all``: fuzz, and say what was found."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.places import ROOT
from tests.robust.fuzz.judging import minimise
from tests.robust.fuzz.running import Report, fuzz
from tests.robust.fuzz.targets import TARGETS

FOLDER = ROOT / ".fuzz"
"""Where the inputs are kept that reached something new; not part of the sources."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(TARGETS)))
@click.option("--all", "every", is_flag=True, help="Every target.")
@click.option("--seconds", default=60, show_default=True, help="How long each.")
def main(names: tuple[str, ...], every: bool, seconds: int) -> None:
    """Fuzz targets one after the other. Exit code 1 when anything was found."""
    found = 0
    for report in fuzz(TARGETS if every else names, seconds, FOLDER):
        click.echo(line(report))
        for path in report.findings:
            click.echo(_explained(report.target, path))
        found += len(report.findings)
    sys.exit(1 if found else 0)


def line(r: Report) -> str:
    """A report in one line."""
    return (
        f"{r.target}: {r.seconds} s, {r.executions} executions, {r.per_second}/s, "
        f"{r.cov} edges, {r.features} features, corpus {r.corpus}, "
        f"slowest {r.slowest:.3f} s of {r.slowest_bytes} bytes, {len(r.findings)} findings"
    )


def _explained(name: str, path: Path) -> str:
    """A finding with its smallest input, which takes the place of the first one."""
    noted = path.with_suffix(".txt")
    if not noted.exists():
        return f"{path}: ended the process or never came back"
    report = noted.read_text()
    data = minimise(TARGETS[name].run, path.read_bytes(), report.partition("\n")[0])
    path.write_bytes(data)
    return f"{path}: {data!r}\n{report}"


if __name__ == "__main__":
    main()
