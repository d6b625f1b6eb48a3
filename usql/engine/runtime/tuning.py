"""The sizes and thresholds by which the engine chooses between algorithms with the same result.

No value changes an answer, only the time and memory that it takes; the tests use values so small that
small data reach every algorithm. Constants that are not choices are beside the code that they belong
to: the bytes that an algorithm needs, the capacity of a library or of a number of bits.
"""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True)
class Tuning:
    """The sizes and thresholds of an engine. Each size counts what its name says; rows are those of
    the queried table unless stated otherwise. ``…_at_once`` are sizes of pieces of work, between which
    the limits of a run are checked: large enough that a call's overhead is small, small enough that a
    run can end soon. ``…_one_in`` are shares: one in so many.
    """

    # --- morsels

    morsel_rows: int = 1 << 19
    """Rows of a morsel, counted in the largest table that the query reads: enough to be worth waking a
    thread for, and so few that all threads end at about the same time."""

    sweep_rows: int = 1 << 21
    """The same where only a condition is computed, which is limited by the speed of memory."""

    first_morsel_rows: int = 1 << 10
    """Rows of the first morsel of a query with LIMIT and without order; each further one has twice as
    many."""

    rows_per_slot: int = 4
    """The fewest rows of a morsel, or of a call, for each slot that it aggregates to, since each costs
    a pass over the slots."""

    most_uncut_rows: int = 1 << 15
    """The most rows that are not divided into morsels for each thread: one thread is done with them
    before another wakes."""

    most_rows_swept_alone: int = 1 << 20
    """The most rows, counted in the largest table, whose condition one thread tests as fast as two."""

    most_rows_grouped_alone: int = 1 << 18
    """The most rows, counted in the largest table, that one thread groups as fast as two, which have
    to wake and to take turns."""

    # --- conditions

    zone_rows: int = 1 << 12
    """Rows with one minimum and maximum: few enough to skip most of a table, and so many that checking
    the zones costs nothing compared with reading the rows."""

    few_remaining_one_in: int = 10
    """Share of the rows of a conjunction: if fewer are left, the rest is tested by row number, which
    costs about ten times as much per row as testing a whole range."""

    texts_matched_at_once: int = 1 << 15
    """Texts of a dictionary that are matched against a pattern in one call."""

    text_bytes_matched_at_once: int = 1 << 20
    """The approximate bytes of these texts."""

    long_pattern: int = 1 << 6
    """Characters of a pattern from which on the time of matching grows with its length, so that one
    call matches fewer texts."""

    # --- what is kept between queries

    fewest_indexed_rows: int = 1 << 14
    """The fewest rows of a table that is indexed; smaller ones are read as fast as an index."""

    indexed_rows_at_once: int = 1 << 16
    """Rows that are tested in one piece for an index of those that match."""

    few_listed_one_in: int = 8
    """Share of the rows of an index: if fewer match, their numbers are listed, of four bytes each;
    otherwise every row has a flag of one byte."""

    fewest_ordered_rows: int = 1 << 12
    """The fewest rows whose order is worth keeping; fewer are sorted as fast as it is found."""

    most_cached_tests: int = 1 << 10
    """The most compiled tests, and conditions, whose results are kept: more than the plans that are
    kept have."""

    most_cached_flags: int = 64 << 20
    """The most bytes of flags of dictionary values that all compiled tests may hold."""

    cached_bytes_without_indexes: int = 64 << 20
    """Bytes of columns of properties and of texts of dates that are kept if indexes are not."""

    most_cached_bin_texts: int = 1 << 14
    """The most texts of time bins that are kept for the next query with the same bins."""

    most_indexed_minutes: int = 1 << 20
    """The most minutes (two years) that an index of a time may always have; with more rows, it may have
    one for each row."""

    # --- expressions and order

    rows_evaluated_at_once: int = 1 << 17
    """Rows, and entries of their lists, for which an expression is evaluated in one piece."""

    rows_sorted_at_once: int = 1 << 19
    """Rows that one call sorts; more are sorted in pieces, by all threads."""

    few_rows_to_sort: int = 1 << 10
    """The most rows that are sorted by one key after the other; with more, the keys are first packed
    into one."""

    near_numbers: int = 1 << 17
    """Whole numbers within a range of so many are numbered by a table, which fits into the cache;
    others by sorting."""

    instants_written_at_once: int = 1 << 16
    """Instants whose texts are composed in one piece."""

    days_written_at_once: int = 1 << 10
    """Days that are written, one by one, between two checks of the limits."""

    # --- keys of groups

    most_number_codes: int = 1 << 16
    """Whole numbers within a range of so many are their own codes; others are numbered by sorting."""

    most_time_bins: int = 1 << 20
    """The most bins of a time, from the earliest to the latest; beyond that, times are numbered by
    sorting."""

    most_counted_slots: int = 1 << 24
    """The most slots that are counted in an array, of 128 MB for each thread. Keys with more are
    numbered by sorting."""

    always_counted_slots: int = 1 << 14
    """The most slots that are counted in an array however few rows there are; more of them only if
    there are at most two for each row."""

    most_multiplied_pairs: int = 1 << 20
    """The most pairs that several keys with several values may multiply to in one morsel."""

    pairs_joined_at_once: int = 1 << 18
    """Pairs that are joined with the values of a further key in one piece, where keys are sorted."""

    # --- totals

    most_flagged_slots: int = 1 << 16
    """The most slots, multiplied by the flags of all metrics, of one count, so that they stay in the
    cache; beyond that, metrics are counted separately."""

    rows_per_shared_slot: int = 16
    """Rows per slot from which on a sum that is computed together with the count costs less than a
    second pass over the rows that are shown."""

    # --- other aggregates

    fewest_selected_values: int = 1 << 15
    """The fewest values whose quantiles are found by a histogram; fewer are simply sorted."""

    most_buckets: int = 1 << 12
    """The most buckets of a group's histogram: so many that few values are in the one that matters."""

    fewest_buckets: int = 16
    """The fewest buckets of a group; if there are too many groups for that, values are sorted."""

    most_buckets_of_all: int = 1 << 20
    """The most buckets of all groups together."""

    most_distinct_flags: int = 1 << 27
    """The most flags of the table, one per group and value and of a bit each, by which distinct
    values are counted; beyond that they are sorted."""

    distinct_flags_at_once: int = 1 << 20
    """Flags of the table that one thread counts at once."""

    always_counted_pairs: int = 1 << 12
    """The most possible pairs of a group and a value that are counted in an array however few of them
    occur; more of them only if one in four occurs."""

    # --- indexes of slots and cubes

    most_indexed_flags: int = 1 << 27
    """The most bytes of the table, of one flag per slot and value, for an index of distinct values."""

    rows_per_cube_slot: int = 4
    """Rows of the table for each slot of a cube, so that the cube is smaller than the table."""

    always_cube_slots: int = 1 << 12
    """The most slots that a cube may have however few rows there are."""

    most_cube_slots: int = 1 << 20
    """The most slots that a cube may have however many rows there are: with more, adding them up takes
    longer than an answer should."""

    worth_cube_one_in: int = 6
    """Share of the rows of the table: if a query reads fewer, no cube, which covers all, is made."""

    cube_sample_rows: int = 1 << 12
    """Rows that are tested to estimate how many a query reads."""

    # --- states of parts

    few_states: int = 1 << 16
    """Groups, value pairs and rows of states that are collected before they are merged, however few
    are merged already."""

    pairs_merged_at_once: int = 1 << 16
    """Value pairs that are merged and finished in one piece: as few as the cache holds, as many as make
    the cost of a call small."""

    # --- columns of a result

    fewest_even_texts: int = 1 << 10
    """The fewest rows for which it is worth checking whether all texts have one width, since those are
    gathered faster."""

    fewest_rows_side_by_side: int = 1 << 13
    """The fewest rows whose columns are made by all threads."""

    json_rows_at_once: int = 1 << 11
    """Sessions that become JSON in one piece, with their children: JSON is the slowest of all results."""

    groups_evaluated_at_once: int = 1 << 17
    """Groups whose expressions are evaluated in one piece."""

    most_text_bytes_by_width: int = 1 << 20
    """The most bytes of texts that are reserved as if each were as long as the longest; beyond that
    lengths are added up."""

    most_column_bytes: int = 1 << 26
    """The most bytes of a piece of a column; a larger one is made in two halves."""


DEFAULT = Tuning()
"""The tuning of engines unless another one is passed."""
