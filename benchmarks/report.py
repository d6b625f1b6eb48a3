"""The tables that a run prints, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from benchmarks.ours import INDEXED, SCAN
from benchmarks.outcome import GOALS, Outcome, geometric_mean


def milliseconds(seconds: float | None) -> str:
    """Three digits, down to microseconds."""
    if seconds is None:
        return "–"
    value = seconds * 1000
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def times(outcomes: Sequence[Outcome], engines: Sequence[str], bandwidth: float) -> str:
    """The table of medians, with ratios to the fastest peer and shares of memory bandwidth."""
    ours = [name for name in (SCAN, INDEXED) if name in engines]
    head = ["", "rows", *engines]
    head += ["first"] if INDEXED in ours else []
    head += [f"×{name}" for name in ours] + ["peer", "bandwidth", "stresses"]
    lines = [head]
    for outcome in outcomes:
        peer = outcome.fastest_peer()
        line = [outcome.key, str(outcome.rows)]
        line += [_time(outcome, name) for name in engines]
        line += [milliseconds(outcome.first)] if INDEXED in ours else []
        line += [_ratio(outcome.ratio(name)) for name in ours]
        line += [peer[0] if peer else "–", _share(outcome, ours[0], bandwidth), outcome.stresses]
        lines.append(line)
    return aligned(lines, text_columns={0, len(head) - 3, len(head) - 1})


def summary(outcomes: Sequence[Outcome], engines: Sequence[str]) -> str:
    """Geometric means, the lowest ratios, and what was left out or disagreed."""
    lines = []
    for name in (SCAN, INDEXED):
        ratios = {o.key: r for o in outcomes if (r := o.ratio(name)) is not None}
        if not ratios:
            continue
        goal, least = GOALS[name]
        low = min(ratios, key=ratios.__getitem__)
        below = [key for key, ratio in ratios.items() if ratio < least]
        lines.append(
            f"{name}: geometric mean ×{geometric_mean(ratios.values()):.2f} of {len(ratios)} queries "
            f"(goal {goal:g}), lowest ×{ratios[low]:.2f} ({low}; goal {least:g})"
            + (f", below the goal: {', '.join(below)}" if below else "")
        )
    for peer in engines:
        for ours in (SCAN, INDEXED):
            ratios_to_peer = [
                o.timings[peer].median / o.timings[ours].median
                for o in outcomes
                if peer in o.timings and ours in o.timings and peer not in (SCAN, INDEXED)
            ]
            if ratios_to_peer:
                lines.append(f"{ours} against {peer}: ×{geometric_mean(ratios_to_peer):.2f}")
    for o in outcomes:
        lines += [f"{o.key}: {peer} left out: {why}" for peer, why in o.absent.items()]
        lines += [f"{o.key}: {peer} DISAGREES: {what}" for peer, what in o.disagrees.items()]
    return "\n".join(lines)


def growth(scales: Sequence[float], times_of: dict[str, dict[str, list[float]]]) -> str:
    """How the time of each query grows with the data; ``times_of[engine][query]`` are the medians
    at ``scales``. Ten times the data may cost eleven times the time."""
    lines = [["", "", *(f"scale {s:g}" for s in scales), *(f"to {s:g}" for s in scales[1:]), ""]]
    for engine, queries in times_of.items():
        for key, medians in queries.items():
            steps = [after / before for before, after in pairwise(medians)]
            grown = [b / a for a, b in pairwise(scales)]
            too_much = any(s > 1.1 * g for s, g in zip(steps, grown, strict=True))
            cells = [milliseconds(m) for m in medians] + [f"{s:.1f}" for s in steps]
            lines.append([engine, key, *cells, "more than in proportion" if too_much else ""])
    return aligned(lines, text_columns={0, 1, len(lines[0]) - 1})


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The outcomes with all turns in milliseconds."""
    return [
        {
            "query": o.key,
            "rows": o.rows,
            "bytes_read": o.bytes_read,
            "ms": {name: [s * 1000 for s in t.turns] for name, t in o.timings.items()},
            "median_ms": {name: t.median * 1000 for name, t in o.timings.items()},
            "first_ms": None if o.first is None else o.first * 1000,
            "ratio": {name: o.ratio(name) for name in (SCAN, INDEXED) if name in o.timings},
            "forms": o.forms,
            "absent": o.absent,
            "disagrees": o.disagrees,
        }
        for o in outcomes
    ]


def aligned(lines: Sequence[Sequence[str]], text_columns: set[int]) -> str:
    """Lines of cells under each other, ``text_columns`` to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number in text_columns else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(lines: Sequence[Sequence[str]], text_columns: set[int]) -> str:
    """The same as a table of Markdown, whose first line is its head."""
    rule = ["---" if number in text_columns else "---:" for number, _ in enumerate(lines[0])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def _time(outcome: Outcome, engine: str) -> str:
    if engine in outcome.disagrees:
        return "wrong"
    timing = outcome.timings.get(engine)
    return milliseconds(timing.median if timing else None)


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.3g}" if ratio < 1000 else f"{ratio:.0f}"


def _share(outcome: Outcome, engine: str, bandwidth: float) -> str:
    if not outcome.bytes_read:
        return "–"
    return f"{outcome.bytes_read / outcome.timings[engine].median / bandwidth:.0%}"
