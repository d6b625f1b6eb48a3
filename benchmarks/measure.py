"""A figure beside those of other engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Measure:
    """One thing measured: a number per engine, in ``unit``. ``goal`` says what is wanted of usql."""

    name: str
    unit: str
    values: dict[str, float]
    goal: str = ""


def text(measures: Sequence[Measure]) -> str:
    """A line for each."""
    lines = []
    for measure in measures:
        values = ", ".join(f"{name} {_number(v)}" for name, v in measure.values.items())
        goal = f"   (goal: {measure.goal})" if measure.goal else ""
        lines.append(f"{measure.name} [{measure.unit}]: {values}{goal}")
    return "\n".join(lines)


def as_json(measures: Sequence[Measure]) -> list[dict[str, Any]]:
    """The measures as they are."""
    return [asdict(measure) for measure in measures]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
