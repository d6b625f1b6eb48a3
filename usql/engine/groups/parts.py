"""States of parts of the data: in a form in which any number of them can be merged, by the values of
their keys. A question to one process needs none of it: its threads share the numbers of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Ints
from usql.engine.arrays.sorting import numbered
from usql.engine.arrays.vectors import Factors, decode, every_value, present
from usql.engine.groups.aggregates.aggregate import Node, OfValues
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.state import LOW, Kind, State, StateColumn, fold
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.rows.piecewise import factorize
from usql.engine.runtime.limits import Control
from usql.store.columns import BOOLEANS, Column, DictionaryColumn, NumberColumn
from usql.store.forms.dictionaries import merged as merged_dictionaries


def state_of(evaluator: GroupEvaluator, node: Node) -> State:
    """The state of an aggregate, in arrays of its own: what can be merged with that of other data."""
    aggregate = aggregate_of(node)
    if isinstance(aggregate, OfValues):
        return held(aggregate.columns(node), aggregate.state(node, evaluator.members()))
    assert isinstance(node, Metric)
    found = evaluator.early() if evaluator.is_early(node) else evaluator.late([node])
    return held(aggregate.columns(node), found)


def held(columns: Sequence[StateColumn], state: State) -> State:
    """The state with its columns as arrays of their own, sums of whole numbers cut into halves: in
    this form any number of states can be merged."""
    arrays = {column: state.read(column).astype(column.type) for column in columns}
    for column in columns:
        if column.kind is Kind.HIGH:
            low = StateColumn(Kind.SUM, column.field, column.where)
            arrays[column] += arrays[low] >> 32
            arrays[low] &= LOW
    return State(state.count, arrays.__getitem__, state.groups, state.values)


def merge(
    control: Control,
    columns: Sequence[StateColumn],
    parts: Sequence[tuple[Ints, State]],
    count: int,
) -> State:
    """The state of ``count`` groups from those of parts: ``numbers[g]`` is what group ``g`` of a
    part is among all (:func:`numbered_keys`)."""
    if not any(state.values is not None for _, state in parts):
        made = fold(columns, [(numbers, state.find) for numbers, state in parts], count)
        return State(count, made.__getitem__)
    factors, codes = numbered_values(control, [state.pairs[1] for _, state in parts])
    span = factors.null + 1
    found = [
        numbers[state.pairs[0]] * span + code
        for (numbers, state), code in zip(parts, codes, strict=True)
    ]
    pairs, places = numbered(control, np.concatenate(found))
    cut = np.split(places, np.cumsum([len(part) for part in found])[:-1])
    finds = [(at, state.find) for at, (_, state) in zip(cut, parts, strict=True)]
    made = fold(columns, finds, len(pairs))
    return State(count, made.__getitem__, pairs // span, decode(factors, pairs % span))


def numbered_keys(
    control: Control, parts: Sequence[Sequence[Column]]
) -> tuple[list[Column], list[Ints]]:
    """The distinct keys of the groups of all parts, ascending, and per part the number of each
    group among them. Each key is a column of every part; a null is one value more."""
    if not parts[0]:  # without keys there is one group, in every part
        return [], [np.zeros(1, dtype=np.int64)] * len(parts)
    numbers = np.zeros(sum(len(part[0]) for part in parts), dtype=np.int64)
    found: list[Factors] = []
    for columns in zip(*parts, strict=True):
        factors, codes = numbered_values(control, columns)
        found.append(Factors(np.concatenate(codes), factors.values))
        _, numbers = numbered(control, numbers * (factors.null + 1) + found[-1].codes)
    first = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    first[numbers] = np.arange(len(numbers))
    keys = [decode(factors, factors.codes[first]) for factors in found]
    return keys, np.split(numbers, np.cumsum([len(part[0]) for part in parts])[:-1])


def numbered_values(control: Control, columns: Sequence[Column]) -> tuple[Factors, list[Ints]]:
    """The values of columns of one type, whose dictionaries may differ: the distinct ones, and per
    column the code of each of its values."""
    first = columns[0]
    if isinstance(first, NumberColumn):
        held = [c for c in columns if isinstance(c, NumberColumn)]
        values = np.concatenate([c.values for c in held])
        valid = np.concatenate([present(c) for c in held])
        made = factorize(control, NumberColumn(first.type, values, valid))
        return made, np.split(made.codes, np.cumsum([len(c) for c in held])[:-1])
    coded = [c for c in columns if isinstance(c, DictionaryColumn)]
    if first.type is FieldType.BOOLEAN:
        dictionary, tables = BOOLEANS, [np.arange(3)] * len(coded)
    else:
        dictionary, tables = merged_dictionaries(first.type, [c.dictionary for c in coded])
    codes = [
        table[c.codes].astype(np.int64, copy=False) for table, c in zip(tables, coded, strict=True)
    ]
    return every_value(DictionaryColumn(first.type, first.codes[:0], dictionary)), codes
