"""``python -m benchmarks``: see the options with ``--help``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import measure, report
from benchmarks.also import also
from benchmarks.data import Data, data
from benchmarks.growth import growth
from benchmarks.options import names
from benchmarks.ours import INDEXED, SCAN
from benchmarks.outcome import Outcome
from benchmarks.parameters import choose
from benchmarks.peers.base import THREADS
from benchmarks.queries import queries
from benchmarks.run import PEERS, load_peer, run
from benchmarks.timing import bandwidth

REFERENCE = 0.1
"""The scale whose data the queries' parameters are chosen from, for all scales from it on: so the
same queries run at every scale."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 when an answer differed from usql's."""
    options = _options().parse_args(arguments)
    if options.growth:
        reference = data(REFERENCE).flat()
        print(growth(choose(reference), options.only, rounds=options.repeat))
        return 0
    report_data: dict[str, Any] = {"machine": _machine(options.peers), "scale": options.scale}
    here = data(options.scale)
    outcomes: list[Outcome] = []
    if not options.also_only:
        outcomes = _queries(here, options, report_data)
    if not options.skip_also:
        measures = also(here, options.peers)
        print(measure.text(measures))
        report_data["also"] = measure.as_json(measures)
    if options.json:
        options.json.write_text(json.dumps(report_data, indent=1))
    return 1 if any(o.disagrees for o in outcomes) else 0


def _queries(here: Data, options: argparse.Namespace, report_data: dict[str, Any]) -> list[Outcome]:
    reference = data(min(options.scale, REFERENCE))
    known = reference.flat()
    parameters = choose(known)
    growth = here.sessions / reference.sessions
    chosen = [q for q in queries(parameters) if not options.only or q.key in options.only]
    sizes = {q.key: round(q.bytes_read(known) * growth) for q in chosen}
    speed = bandwidth(THREADS)
    print(
        f"{report_data['machine']}\nscale {options.scale:g}: {here.sessions:,} sessions, {parameters}"
    )
    print(f"memory bandwidth {speed / 1e9:.1f} GB/s, medians of {options.repeat} rounds, ms\n")
    flat = here.flat() if options.peers else {}
    peers = [load_peer(name, flat) for name in options.peers]
    flat.clear()
    indexes = {"off": (False,), "on": (True,), "both": (False, True)}[options.indexes]
    engines = [INDEXED if on else SCAN for on in indexes] + list(options.peers)
    outcomes = []
    for outcome in run(
        chosen,
        parameters,
        lambda query: sizes[query.key],
        here.store(),
        peers,
        indexes=indexes,
        rounds=options.repeat,
    ):
        outcomes.append(outcome)
        medians = {n: report.milliseconds(t.median) for n, t in outcome.timings.items()}
        print(f"{outcome.key}: {medians}", file=sys.stderr, flush=True)
    for peer in peers:
        peer.close()
    print(report.times(outcomes, engines, speed))
    print(f"\n{report.summary(outcomes, engines)}\n")
    report_data |= {"bandwidth": speed, "queries": report.as_json(outcomes)}
    return outcomes


def _machine(peers: Sequence[str]) -> str:
    packages = ("usql-engine", "numpy", "pyarrow", *peers)
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times usql beside the engines one would use instead, over the same sessions.",
    )
    add = parser.add_argument
    add("--scale", type=float, default=1.0, help="in millions of sessions (default 1)")
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--peers", type=_peers, default=tuple(PEERS), metavar="NAMES", help="or none (default all)")
    add("--indexes", choices=("off", "on", "both"), default="both", help="of usql (default both)")
    add("--repeat", type=int, default=9, help="rounds of which the median counts (default 9)")
    add("--json", type=Path, metavar="FILE", help="write all times there too")
    add("--skip-also", action="store_true", help="only the queries")
    add("--also-only", action="store_true", help="only what else is measured")
    add("--growth", action="store_true", help="usql alone at the scales 0.1, 1 and 10")
    return parser


def _peers(text: str) -> tuple[str, ...]:
    peers = () if text == "none" else names(text)
    if unknown := set(peers) - PEERS.keys():
        raise argparse.ArgumentTypeError(f"no peer is called {', '.join(sorted(unknown))}")
    return peers


if __name__ == "__main__":
    sys.exit(main())
