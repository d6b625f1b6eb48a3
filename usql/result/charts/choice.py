"""Which kind of chart a result is drawn as, and its specification."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Callable
from typing import Any, Protocol, cast

from usql.escape import escape_controls
from usql.formats.kinds import KINDS
from usql.language.diagnostics import Span, UsqlError, diagnostic
from usql.result.charts.plot import Plot, plot_of
from usql.result.charts.view import CONFIG, Spec, View
from usql.result.data import ResultData

AUTO = "auto"
"""The kind that suits the result."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""What says to which version of Vega-Lite a specification keeps. Nothing is read from there."""

_LINE = 100
"""Characters of a line of notes."""


class _KindModule(Protocol):
    fits: Callable[[Plot], bool]
    suits: Callable[[Plot], bool]
    view: Callable[[Plot], View]


def kind_of(plot: Plot, kind: str = AUTO) -> str:
    """The kind as which this is drawn: ``kind`` if it fits, for ``auto`` the one that suits it.

    ``UsqlError`` (``undrawable``) if it does not fit, or if nothing does; ``ValueError`` for a kind
    that does not exist.
    """
    if kind != AUTO and kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}; the kinds are {', '.join([AUTO, *KINDS])}")
    if kind == AUTO:
        suiting = next((name for name in KINDS if _module(name).suits(plot)), None)
        if suiting is not None:
            return suiting
    elif _module(kind).fits(plot):
        return kind
    raise _undrawable(plot, kind)


def kinds_of(plot: Plot) -> list[str]:
    """The kinds that fit this."""
    return [name for name in KINDS if _module(name).fits(plot)]


def spec_of(result: ResultData, kind: str = AUTO) -> tuple[str, Spec]:
    """The kind of a result's chart and its specification in Vega-Lite 5, with the data in it;
    errors as of :func:`kind_of`."""
    plot = plot_of(result)
    chosen = kind_of(plot, kind)
    view = _module(chosen).view(plot)
    notes = [result.limit_note] if result.limit_note is not None else []
    notes += view.notes
    title = title_of(plot)
    spec = {
        "$schema": SCHEMA,
        "description": f"{KINDS[chosen].summary}: {title}",
        **view.spec,
        "config": CONFIG,
    }
    if notes or not view.is_named:
        lines = [line for note in notes for line in textwrap.wrap(escape_controls(note), _LINE)]
        spec["title"] = {"text": title, "anchor": "start", "subtitle": lines}
    return chosen, spec


def title_of(plot: Plot) -> str:
    """What is drawn, by what."""
    if plot.result.funnel is not None:
        return " → ".join(map(plot.name, plot.figures))
    if len(plot.result) == 1 and not plot.keys:
        return ", ".join(map(plot.name, plot.figures))
    numbers = ", ".join(plot.name(n) for n in plot.numbers or plot.figures)
    by = [plot.axis.column] if plot.axis is not None else []
    by += [k for k in plot.labels if k not in by]
    return f"{numbers} by {', '.join(map(plot.name, by))}" if by and plot.numbers else numbers


def _undrawable(plot: Plot, kind: str) -> UsqlError:
    """The error that says what the result lacks, and which kinds fit it."""
    fitting = kinds_of(plot)
    if fitting:
        message = f"A chart of kind {kind} needs {KINDS[kind].needs}; this result can be drawn as {', '.join(fitting)}."
    elif not len(plot.result):
        message = "There is nothing to draw: the result has no rows."
    else:
        what = "number in its columns" if plot.numbers else "column of numbers"
        message = f"There is nothing to draw: the result has no {what}."
    text = plot.result.text
    return UsqlError(text, [diagnostic("undrawable", message, Span(0, len(text)))])


def _module(kind: str) -> _KindModule:
    name = kind.replace("-", "_")
    module: Any = importlib.import_module(f"usql.result.charts.kinds.{name}")
    return cast(_KindModule, module)
