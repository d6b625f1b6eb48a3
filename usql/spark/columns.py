"""The columns of a frame, and frames with some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.catalog import PRIMARY, default_catalog
from usql.catalog.model import Projection
from usql.engine.runtime.limits import Control
from usql.errors import DataError
from usql.frozen import dataclass
from usql.spark.conditions import quoted
from usql.spark.connection import is_connect
from usql.spark.jobs import collected
from usql.store.forms.cast import is_list_of_structs

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

Name = tuple[str, str | None]
"""The name of a frame's column, and the member that a column of a chosen frame has of a list of
structures: Spark reads single members only where each is named alone."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A frame, and the ``names`` of its columns: Spark cannot send columns with a dot or a backtick
    in their name to its workers, so the columns are numbered there."""

    frame: DataFrame
    names: tuple[Name, ...]


class Columns:
    """The columns of a frame. What only its rows can tell is read once, within the limits of the query
    that first needs it."""

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame
        self._children = default_catalog().table(PRIMARY).children
        self._known: dict[tuple[str, ...], bool] = {}
        self.schema: pa.Schema = collected(frame.limit(0), Control()).schema
        self._check_names()

    @property
    def spark(self) -> SparkSession:
        """The session of the frame."""
        return self._frame.sparkSession

    @cached_property
    def partitions(self) -> int | None:
        """The number of partitions of the frame; ``None`` with Connect, which does not say."""
        return None if is_connect(self.spark) else int(self._frame.rdd.getNumPartitions())

    def all_have(self, names: Iterable[str], control: Control) -> bool:
        """Whether every row has a value in one of these columns."""
        from pyspark.sql import functions

        wanted = {name.lower() for name in names}
        columns = tuple(name for name in self.schema.names if name.lower() in wanted)
        if not columns:
            return False

        def lacking() -> Column:
            return functions.coalesce(*(column(name).cast("string") for name in columns)).isNull()

        return not self._has(("lacking", *columns), lacking, control)

    def have_starts(self, control: Control) -> bool:
        """Whether every row has a start that is a time."""
        kinds = [field.type for field in self.schema if field.name.lower() == "starttime"]
        are_times = all(pa.types.is_integer(k) or pa.types.is_timestamp(k) for k in kinds)
        return are_times and self.all_have(("startTime",), control)

    def chosen(
        self, projection: Projection | None, control: Control, where: str | None = None
    ) -> Chosen:
        """The frame with only the columns of the projected fields, and only the projected members
        in lists of children; everything without a projection. ``where``: SQL that its rows meet."""
        frame = self._frame if where is None else self._frame.where(where)
        names = [name for field in self.schema for name in self._names(field, projection, control)]
        numbered = [
            f"{'.'.join(map(quoted, filter(None, name)))} AS c{number}"
            for number, name in enumerate(names)
        ]  # as text: to build a column takes some twenty calls of Spark each
        return Chosen(frame.selectExpr(*numbered), tuple(names))

    def _names(
        self, field: pa.Field, projection: Projection | None, control: Control
    ) -> list[Name]:
        whole: list[Name] = [(field.name, None)]
        if projection is None:
            return whole
        child = self._children.get(field.name)
        if child is None:
            return whole if projection.reads(PRIMARY, field.name) else []
        if child not in projection.tables:
            return []
        kind = field.type
        if not is_list_of_structs(kind):
            return whole
        names = [f.name for f in kind.value_type]
        names_read = [name for name in names if projection.reads(child, name)] or names[:1]
        if len(names_read) == len(names) or self._has_gaps(field.name, control):
            return whole
        return [(field.name, member) for member in names_read]

    def _has_gaps(self, name: str, control: Control) -> bool:
        """Whether some list of children has a null entry, which is not a child; made of its members
        it would become one without values."""
        from pyspark.sql import functions

        def has_gap() -> Column:
            return functions.exists(column(name), lambda entry: entry.isNull())

        return self._has(("gap", name), has_gap, control)

    def _has(
        self, what: tuple[str, ...], condition: Callable[[], Column], control: Control
    ) -> bool:
        """Whether some row meets a condition, which is known by ``what`` it is about."""
        from pyspark.sql import functions

        if what not in self._known:
            rows = self._frame.where(condition()).select(functions.lit(1)).limit(1)
            self._known[what] = len(collected(rows, control)) > 0
        return self._known[what]

    def _check_names(self) -> None:
        """``DataError`` if Spark cannot tell columns apart by their names."""
        is_exact = self.spark.conf.get("spark.sql.caseSensitive") == "true"
        known: set[str] = set()
        for name in self.schema.names:
            key = name if is_exact else name.lower()
            if key in known:
                raise DataError(f"the frame has several columns named {name}; rename all but one")
            known.add(key)


def column(name: str) -> Column:
    """A column by its exact name, which may contain dots."""
    from pyspark.sql import functions

    return functions.col(quoted(name))


def members(schema: pa.Schema) -> dict[str, set[str]]:
    """Per table the columns of a frame that hold sessions and their children."""
    children = default_catalog().table(PRIMARY).children
    columns: dict[str, set[str]] = {PRIMARY: set(schema.names).difference(children)}
    for field in schema:
        kind = field.type
        if field.name in children and is_list_of_structs(kind):
            columns[children[field.name]] = {member.name for member in kind.value_type}
    return columns
