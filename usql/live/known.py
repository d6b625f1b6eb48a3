"""What is known of the sessions in the segments while others arrive, without having these open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from usql.catalog import Field
from usql.frozen import dataclass
from usql.store.batches.parts import hashes_of
from usql.store.batches.rowhash import U64
from usql.store.columns import Store
from usql.store.joined.live import together
from usql.store.saved.documents import found_in
from usql.store.saved.live import Segment, segment_folder
from usql.store.saved.shards import bytes_in, open_shard


@dataclass(frozen=True, eq=False)
class _Facts:
    """Of one segment: the hashes of its keys, ascending, the fields that its data adds to the
    catalog, and the bytes of its files, as many as its columns have in memory."""

    segment: Segment
    keys: U64
    fields: Mapping[tuple[str, str], Field]
    bytes: int


class Known:
    """The segments of a live folder, in the order of the list, with 8 bytes of memory for each
    session."""

    def __init__(self, folder: Path, segments: Iterable[Segment]) -> None:
        self._folder = folder
        self._facts: dict[str, _Facts] = {}
        for segment in segments:
            self.add(segment, self.open(segment))

    def open(self, segment: Segment) -> Store:
        """A segment. ``DataError`` if it is damaged or missing."""
        return open_shard(segment_folder(self._folder, segment.name), segment.seal)

    def add(self, segment: Segment, store: Store) -> None:
        """Know the sessions of a segment, too."""
        keys = np.sort(hashes_of(store))
        size = bytes_in(segment_folder(self._folder, segment.name))
        self._facts[segment.name] = _Facts(segment, keys, _fields(store), size)

    def bytes_of(self, segments: Iterable[Segment]) -> int:
        """The bytes of all files of these segments."""
        return sum(self._facts[segment.name].bytes for segment in segments)

    def drop(self, segments: Iterable[Segment]) -> None:
        """Forget segments."""
        for segment in segments:
            self._facts.pop(segment.name, None)

    def stores_with(self, hashes: U64) -> Iterator[Store]:
        """The segments that may have a session with one of these hashes of keys."""
        asked = hashes[hashes != 0]
        for facts in [*self._facts.values()]:
            places = np.searchsorted(facts.keys, asked)
            places[places == len(facts.keys)] = 0
            if len(facts.keys) and (facts.keys[places] == asked).any():
                yield self.open(facts.segment)

    def check(self, store: Store) -> None:
        """``DataError`` if some field of the store has values that no type could hold together with
        those of the segments. These are read only where the types of a field differ."""
        fields = _fields(store)
        segments = [*self._facts.values()]
        if any(
            _form(fields[key]) != _form(facts.fields[key])
            for facts in segments
            for key in facts.fields.keys() & fields.keys()
        ):
            together([*(self.open(facts.segment) for facts in segments), store])


def _fields(store: Store) -> dict[tuple[str, str], Field]:
    added = found_in(store.catalog)
    return {(table, field.name): field for table, fields in added.items() for field in fields}


def _form(field: Field) -> object:
    return field.type, field.is_list, field.value_type, field.is_json
