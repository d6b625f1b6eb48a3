"""States of parts of the data, in a form in which any number of them can be merged by the values of
their keys. Queries in one process do not need this, since threads share the numbers of groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.arrays.sorting import merged_runs, merged_texts, numbered_below, order_of_runs
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Factors, decode, every_value, present
from usql.engine.groups.aggregates.state import (
    LOW,
    Kind,
    State,
    StateColumn,
    fold,
    fold_runs,
    state_column,
)
from usql.engine.groups.aggregates.value_pairs import ONE_NUMBER, WEIGHT, span_of
from usql.engine.rows.piecewise import factorize
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import BOOLEANS, Column, DictionaryColumn, NumberColumn
from usql.store.forms.dictionaries import merged_dictionaries
from usql.store.widths import unsigned


def held(columns: Sequence[StateColumn], state: State) -> State:
    """The state with its columns as separate arrays, and sums of whole numbers split into halves:
    in this form any number of states can be merged."""
    arrays = {column: state.read(column).astype(column.type) for column in columns}
    for column in columns:
        if column.kind is Kind.HIGH:
            low = state_column(Kind.SUM, column.field, column.where)
            arrays[column] += arrays[low] >> 32
            arrays[low] &= LOW
    return State(state.count, arrays.__getitem__, state.groups, state.values)


def merge(
    control: Control,
    columns: Sequence[StateColumn],
    parts: Sequence[tuple[Ints, State]],
    count: int,
    may_repeat: bool = False,
) -> State:
    """The state of ``count`` groups from those of parts: ``numbers[g]`` is the overall number of
    group ``g`` of a part (:func:`numbered_keys`). ``may_repeat``: whether a value pair may stand
    there more than once, each time with a part of its weight, for who needs no more than that."""
    if not any(state.values is not None for _, state in parts):
        folded = fold(columns, [(numbers, state.find) for numbers, state in parts], count)
        return State(count, folded.__getitem__)
    return _merged_pairs(control, columns, parts, count, may_repeat)


def _merged_pairs(
    control: Control,
    columns: Sequence[StateColumn],
    parts: Sequence[tuple[Ints, State]],
    count: int,
    may_repeat: bool,
) -> State:
    """Value pairs ascend in each part, so that they are merged more than sorted."""
    size = sum(len(state.pairs[0]) for _, state in parts)
    with control.working(_PAIR * size, _WHAT):
        coded = _coded(control, [state.pairs[1] for _, state in parts], count)
        if set(columns) <= {WEIGHT}:
            room = _ROOM - count.bit_length() - (coded.span - 1).bit_length()
            weights = [state.read(WEIGHT) for _, state in parts] if columns else []
            bits = max((int(w.max()) for w in weights if len(w)), default=0).bit_length()
            if bits <= room:
                return _merged_weights(control, parts, count, coded, weights, bits, may_repeat)
        return _merged_columns(control, columns, parts, count, coded)


_PAIR = 48
"""Bytes that a value pair takes while it is merged."""

_WHAT = "value pairs"

_ROOM = 63
"""Bits of a whole number that is not negative."""


@dataclass(frozen=True, eq=False)
class _Coded:
    """Values of several columns as whole numbers below ``span``, in their order: those of each of the
    ``columns``, from ``low`` on; ``decoded`` makes a column of some, from zero on."""

    columns: Sequence[Array]
    low: int
    span: int
    decoded: Callable[[Ints], Column]


def _merged_weights(
    control: Control,
    parts: Sequence[tuple[Ints, State]],
    count: int,
    coded: _Coded,
    weights: Sequence[Array],
    bits: int,
    may_repeat: bool,
) -> State:
    """A group, a value, and in the lowest ``bits`` how often the value occurs are one number, so that
    numbers alone are sorted, not their places."""
    above = bits + (coded.span - 1).bit_length()
    numbers: Ints = np.empty(sum(map(len, coded.columns)), dtype=np.int64)
    ends = np.cumsum([len(codes) for codes in coded.columns])[:-1]
    for i, target in enumerate(np.split(numbers, ends)):
        overall, state = parts[i]
        codes = np.subtract(coded.columns[i], coded.low, dtype=np.int64)
        codes <<= bits
        if weights:
            np.add(codes, weights[i], out=codes, casting="unsafe")
        np.take(overall << above, state.pairs[0], out=target, mode="clip")
        np.add(target, codes, out=target)
    numbers = merged_runs(control, numbers)
    merged = {WEIGHT: numbers & ((1 << bits) - 1)} if weights else {}
    numbers >>= bits
    if not may_repeat:
        is_first = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
        if not is_first.all():
            first = np.flatnonzero(is_first)
            numbers = numbers[first]
            merged = {column: np.add.reduceat(held, first) for column, held in merged.items()}
    owners = numbers >> (above - bits)
    numbers &= (1 << (above - bits)) - 1
    return State(count, merged.__getitem__, owners, coded.decoded(numbers))


def _merged_columns(
    control: Control,
    columns: Sequence[StateColumn],
    parts: Sequence[tuple[Ints, State]],
    count: int,
    coded: _Coded,
) -> State:
    states = [state for _, state in parts]
    owners = np.concatenate([numbers[state.pairs[0]] for numbers, state in parts])
    codes = np.concatenate(coded.columns).astype(np.int64)
    codes -= coded.low
    numbers = owners * coded.span
    numbers += codes
    order = order_of_runs(control, numbers)
    numbers = numbers[order]
    first = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)])
    folded = fold_runs(columns, states, order, first)
    chosen = order[first]
    return State(count, folded.__getitem__, owners[chosen], coded.decoded(codes[chosen]))


def _coded(control: Control, columns: Sequence[Column], count: int) -> _Coded:
    """The values of columns as whole numbers: near ones as they are, so that together with the number
    of one of ``count`` groups they are one number; others numbered."""
    first = columns[0]
    numeric = [c for c in columns if isinstance(c, NumberColumn) and c.valid is None]
    if isinstance(first, NumberColumn) and len(numeric) == len(columns):
        spans = [span_of(c.values) for c in numeric if len(c)]
        low = min((low for low, _ in spans), default=0)
        span = max((low + span for low, span in spans), default=0) - low
        if all(span for _, span in spans) and span and count * span < ONE_NUMBER:
            kind = np.result_type(*(c.values for c in numeric))

            def decoded(chosen: Ints) -> Column:
                return NumberColumn(first.type, (chosen + low).astype(kind), None)

            return _Coded([c.values for c in numeric], low, span, decoded)
    coded = [c for c in columns if isinstance(c, DictionaryColumn)]
    if coded and all(c.dictionary is coded[0].dictionary for c in coded):
        dictionary = coded[0].dictionary
        span = len(dictionary) + 1

        def of_codes(chosen: Ints) -> Column:
            return DictionaryColumn(first.type, chosen.astype(unsigned(span - 1)), dictionary)

        return _Coded([c.codes for c in coded], 0, span, of_codes)
    factors, codes = numbered_together(control, columns)
    return _Coded(codes, 0, factors.null + 1, lambda chosen: decode(factors, chosen))


def with_one_dictionary(control: Control, columns: Sequence[Column]) -> Sequence[Column]:
    """Columns of one type; those of texts with one common dictionary."""
    coded = [c for c in columns if isinstance(c, DictionaryColumn)]
    if not coded or coded[0].type is FieldType.BOOLEAN:
        return columns
    dictionary, tables = _merged(control, coded[0].type, [c.dictionary for c in coded])
    return [
        DictionaryColumn(c.type, table[c.codes], dictionary)
        for table, c in zip(tables, coded, strict=True)
    ]


def numbered_keys(
    control: Control, parts: Sequence[Sequence[Column]]
) -> tuple[list[Column], list[Ints]]:
    """The distinct keys of the groups of all parts, ascending, and for each part the overall number
    of each of its groups. Each key is a column of every part; null is one more value."""
    if not parts[0]:  # without keys there is one group, in every part
        return [], [np.zeros(1, dtype=np.int64)] * len(parts)
    numbers, count = np.zeros(sum(len(part[0]) for part in parts), dtype=np.int64), 1
    key_factors: list[Factors] = []
    for columns in zip(*parts, strict=True):
        factors, codes = numbered_together(control, columns)
        key_factors.append(Factors(np.concatenate(codes), factors.values))
        del codes  # of many groups they are large
        span = factors.null + 1
        coded = key_factors[-1].codes
        combined = numbers * span + coded if len(key_factors) > 1 else coded
        distinct, numbers = numbered_below(control, combined, count * span)
        count = len(distinct)
    first = np.empty(count, dtype=np.int64)
    first[numbers] = np.arange(len(numbers))
    keys = [decode(factors, factors.codes[first]) for factors in key_factors]
    return keys, np.split(numbers, np.cumsum([len(part[0]) for part in parts])[:-1])


def numbered_together(control: Control, columns: Sequence[Column]) -> tuple[Factors, list[Ints]]:
    """The values of columns of one type, whose dictionaries may differ: the distinct ones, and for
    each column the code of each of its values."""
    first = columns[0]
    if isinstance(first, NumberColumn):
        numeric = [c for c in columns if isinstance(c, NumberColumn)]
        values = np.concatenate([c.values for c in numeric])
        valid = np.concatenate([present(c) for c in numeric])
        factors = factorize(control, NumberColumn(first.type, values, valid))
        return factors, np.split(factors.codes, np.cumsum([len(c) for c in numeric])[:-1])
    coded = [c for c in columns if isinstance(c, DictionaryColumn)]
    tables: Sequence[Array]
    if first.type is FieldType.BOOLEAN:
        dictionary, tables = BOOLEANS, [np.arange(3)] * len(coded)
    else:
        dictionary, tables = _merged(control, first.type, [c.dictionary for c in coded])
    codes = [
        table[c.codes].astype(np.int64, copy=False) for table, c in zip(tables, coded, strict=True)
    ]
    return every_value(DictionaryColumn(first.type, first.codes[:0], dictionary)), codes


def _merged(
    control: Control, kind: FieldType, dictionaries: Sequence[pa.Array]
) -> tuple[pa.Array, Sequence[Array]]:
    """One sorted dictionary of several, and for each dictionary the new code of each of its codes,
    followed by that of null. Many texts are merged piece by piece, which needs less memory."""
    if all(one is dictionaries[0] for one in dictionaries):
        codes = np.arange(len(dictionaries[0]) + 1)
        return dictionaries[0], [codes] * len(dictionaries)
    if control.texts is None:
        return _merged_now(control, kind, dictionaries)
    return control.texts.get(kind, dictionaries, lambda: _merged_now(control, kind, dictionaries))


def _merged_now(
    control: Control, kind: FieldType, dictionaries: Sequence[pa.Array]
) -> tuple[pa.Array, Sequence[Array]]:
    pieces = sum(map(len, dictionaries)) // control.tuning.rows_sorted_at_once
    if kind is FieldType.IP or not pieces:
        return merged_dictionaries(kind, dictionaries)
    dictionary, numbers = merged_texts(control, dictionaries, pieces + 1)
    null = len(dictionary)
    return dictionary, [np.append(codes, codes.dtype.type(null)) for codes in numbers]
