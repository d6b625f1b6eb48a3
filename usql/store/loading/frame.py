"""Which row groups of a file hold no session of a timeframe, by what the file tells of their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usql.catalog.projection import Projection
from usql.frozen import dataclass

if TYPE_CHECKING:
    import pyarrow.parquet as pq


@dataclass(frozen=True)
class Frame:
    """Sessions that overlap ``[start, end)``, in UTC milliseconds, ``None`` for no limit, are asked
    for; of others no more than the ``rest`` of the fields is needed."""

    start: int | None
    end: int | None
    rest: Projection

    def leaves_out(self, group: pq.RowGroupMetaData) -> bool:
        """Whether no session of a row group overlaps the timeframe (LANGUAGE.md §4), as far as the
        smallest and largest whole numbers tell that the file notes for its columns."""
        times = _bounds(group, "startTime")
        if times is None or times[2]:
            return False
        if self.end is not None and times[0] >= self.end:
            return True
        ends = _bounds(group, "endTime")
        if self.start is None or ends is None:
            return False
        last = max(times[1], ends[1]) if ends[2] else ends[1]  # without an end the start counts
        return last < self.start


def _bounds(group: pq.RowGroupMetaData, name: str) -> tuple[int, int, bool] | None:
    """The smallest and the largest value of a column, and whether some may be missing; ``None`` where
    the file does not tell, or these are no milliseconds."""
    for place in range(group.num_columns):
        column = group.column(place)
        if column.path_in_schema == name:
            known = column.statistics
            if known is None or not known.has_min_max or type(known.min) is not int:
                return None
            return known.min, known.max, not known.has_null_count or known.null_count > 0
    return None
