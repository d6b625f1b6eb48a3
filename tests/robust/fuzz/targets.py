"""All targets by name, with their seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.robust.fuzz import of_data, of_files, of_text, of_values, seeds
from tests.robust.fuzz.judging import Run


@dataclass(frozen=True)
class Target:
    """What is run, and the inputs that it starts from."""

    run: Run
    seeds: Callable[[], list[bytes]]


TARGETS = {
    "parser": Target(of_text.parser, seeds.queries),
    "checker": Target(of_text.checker, seeds.queries),
    "completion": Target(of_text.completion, seeds.cursors),
    "formatter": Target(of_text.formatter, seeds.queries),
    "like": Target(of_values.like, seeds.patterns),
    "dates": Target(of_values.dates, seeds.moments),
    "addresses": Target(of_values.addresses, seeds.addresses),
    "ndjson": Target(of_data.ndjson, seeds.lines),
    "store": Target(of_data.store, seeds.changes),
    "embedded": Target(of_files.embedded, seeds.files),
}
