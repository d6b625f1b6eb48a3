"""One set of shards of several that follow each other in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from usql.catalog import Field
from usql.errors import DataError
from usql.store.batches.duplicate_keys import sentence, without_duplicate_notes
from usql.store.joined.join import repeated
from usql.store.saved.shards import Shard, ShardSet, read_shards, shard_name, span_of
from usql.store.sharding.place import write_manifest


def assembled(folder: Path, sets: Sequence[Path]) -> ShardSet:
    """Move the shards of some sets, at least one, each later than those before it, to ``folder``, and
    describe them as one. A session is repeated in its own set alone, which counted it.

    Raises :class:`usql.DataError` where a further field has different types in two of them.
    """
    described = [read_shards(path)[1] for path in sets]
    shards: list[Shard] = []
    for path, part in zip(sets, described, strict=True):
        for shard in part.shards:
            name = shard_name(len(shards))
            (path / shard.name).rename(folder / name)
            shards.append(replace(shard, name=name))
    whole = replace(
        described[0],
        shards=tuple(shards),
        data_fields=_fields(described),
        keys=_keys(described),
        span=span_of(shards),
        repeated=sum(part.repeated for part in described),
        notes=_notes(described),
    )
    write_manifest(folder, whole)
    return whole


def _fields(sets: Sequence[ShardSet]) -> dict[str, tuple[Field, ...]]:
    """The fields that some of the sets add, in the order of the first that has each."""
    return {
        table: _of_table(table, [part.data_fields[table] for part in sets])
        for table in sets[0].data_fields
    }


def _of_table(table: str, sets: Sequence[tuple[Field, ...]]) -> tuple[Field, ...]:
    fields: dict[str, Field] = {}
    for field in (field for fields_of_part in sets for field in fields_of_part):
        if fields.setdefault(field.name, field) != field:
            raise DataError(
                "the field has several types in different ranges of time; give it one type before it "
                "is written",
                path=f"{table}.{field.name}",
            )
    return tuple(fields.values())


def _notes(sets: Sequence[ShardSet]) -> tuple[str, ...]:
    """The notes of all sets: counts are added up, other notes occur once."""
    notes = (
        note
        for shards in sets
        for note in shards.notes
        if note not in repeated(shards.repeated, shards.sessions, None)
    )
    others, duplicates = without_duplicate_notes(notes)
    return (
        *dict.fromkeys(others),
        *repeated(
            sum(shards.repeated for shards in sets), sum(shards.sessions for shards in sets), None
        ),
        *(sentence(count, *place) for place, count in duplicates.items()),
    )


def _keys(sets: Sequence[ShardSet]) -> dict[tuple[str, str], tuple[str, ...]]:
    places = dict.fromkeys(place for part in sets for place in part.keys)
    return {p: tuple(sorted({k for part in sets for k in part.keys.get(p, ())})) for p in places}
