"""``python -m benchmarks.files``: three questions of NDJSON, Parquet and a saved store, each by a
process of its own, usql beside DuckDB, Polars and chDB."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.files.peer import ENGINES
from benchmarks.files.processes import Cost, alternate, median, ratio, run
from benchmarks.files.questions import QUESTIONS, ROWS, Question

OURS, YARDSTICK, MEASURE = "usql", "import numpy, pyarrow", "DuckDB, types given"
FOLDER = Path(__file__).parent.parent / "data" / "files"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 1 when an answer differs from usql's."""
    options = _options().parse_args(arguments)
    measurements: list[dict[str, Any]] = []
    wrong: list[str] = []
    print(f"{platform.machine()}, {os.cpu_count()} processors, medians of {options.rounds} rounds")
    print("processor seconds (wall seconds, peak MB), then processor time by that of DuckDB\n")
    for megabytes in options.megabytes:
        for file in files(options.folder, megabytes, options.kinds):
            for question in QUESTIONS:
                commands = _commands(question, file, options.peers)
                wrong += _disagreeing(question, commands, file)
                costs = alternate(commands, options.rounds)
                _show(question, file, costs)
                measurements.append(
                    {
                        "file": file.name,
                        "question": question.key,
                        "costs": {n: [asdict(c) for c in costs[n]] for n in costs},
                    }
                )
    if options.json:
        options.json.write_text(json.dumps(measurements, indent=1))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def files(folder: Path, megabytes: int, kinds: Sequence[str]) -> list[Path]:
    """The files of the sessions that fill so much NDJSON, made if they are not there. By another
    process: this one stays small, or the memory of its children could not be told."""
    paths = [folder / f"{megabytes}.{kind}" for kind in kinds]
    if not all(path.exists() for path in paths):
        command = (sys.executable, "-m", "benchmarks.files.make", str(folder), str(megabytes))
        subprocess.run(command, check=True)
    return paths


def _commands(question: Question, file: Path, peers: Sequence[str]) -> dict[str, Sequence[str]]:
    ours = (sys.executable, "-m", "usql", "query", question.usql, str(file), "--format", "csv")
    commands: dict[str, Sequence[str]] = {
        YARDSTICK: (sys.executable, "-c", YARDSTICK),
        OURS: ours,
    }
    for name in () if file.suffix == ".usqlstore" else peers:
        if name == "DuckDB, automatic" and file.suffix == ".parquet":
            continue  # the types stand in the file
        commands[name] = (
            sys.executable, "-m", "benchmarks.files.peer", name, question.key, str(file),
        )  # fmt: skip
    return commands


# --- answers --------------------------------------------------------------------------------------


def _disagreeing(question: Question, commands: dict[str, Sequence[str]], file: Path) -> list[str]:
    """A sentence for each peer whose answer is another one."""
    ours = ["ndjson" if part == "csv" else part for part in commands[OURS]]
    if question.any_rows:
        ours = [part.replace(f" LIMIT {ROWS}", " LIMIT 100000000") for part in ours]
    written, _ = run([*ours, "--profile", "offline"])
    known = [list(json.loads(line).values()) for line in written.splitlines()]
    wrong = []
    for name, command in commands.items():
        if name in (OURS, YARDSTICK):
            continue
        rows = [list(json.loads(line)) for line in run(command)[0].splitlines()]
        if not (_all_among(rows, known) if question.any_rows else _equal(rows, known)):
            wrong.append(
                f"{name} gives another answer to {question.key} of {file.name}: {rows[:3]}"
            )
    return wrong


def _all_among(rows: list[list[Any]], known: list[list[Any]]) -> bool:
    there = {json.dumps(row) for row in known}
    return bool(rows) and all(json.dumps(row) in there for row in rows)


def _equal(rows: list[list[Any]], known: list[list[Any]]) -> bool:
    def same(a: Any, b: Any) -> bool:
        numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
        return math.isclose(a, b, rel_tol=1e-9) if numbers else bool(a == b)

    return len(rows) == len(known) and all(
        len(a) == len(b) and all(map(same, a, b)) for a, b in zip(rows, known, strict=True)
    )


# --- output ---------------------------------------------------------------------------------------


def _show(question: Question, file: Path, costs: dict[str, list[Cost]]) -> None:
    size = f"{file.stat().st_size / 1e6:.0f} MB" if file.is_file() else "a saved store"
    print(f"{file.name} ({size}), {question.key}")
    for name, turns in costs.items():
        middle = median(turns)
        beside = f"  × {ratio(turns, costs[MEASURE]):.2f}" if MEASURE in costs else ""
        print(
            f"  {name:24} {middle.processor:6.2f} ({middle.wall:.2f}, {middle.memory / 1e6:.0f})"
            f"{beside}",
            flush=True,
        )


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument(
        "--megabytes", type=_numbers, default=[100, 500], help="sizes of the NDJSON"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--kinds", type=_names, default=["ndjson", "parquet", "usqlstore"])
    parser.add_argument("--peers", type=_peers, default=list(ENGINES))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--json", type=Path, help="keep every single figure in this file")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    return text.split(",")


def _peers(text: str) -> list[str]:
    """Engines by the first word of their names, in small letters."""
    words = text.split(",")
    return [name for name in ENGINES if name.split(",")[0].lower() in words]


if __name__ == "__main__":
    sys.exit(main())
