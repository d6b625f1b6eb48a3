"""The sizes and thresholds of reading sources and of inspecting what was read.

No value changes what is read, only the time and memory that it takes; the tests load with values so
small that small data reach every algorithm. The limits of suggestions (``most_compared_texts`` and the
two after it) change which suggestions are found, never an answer. Constants that are not choices are
beside the code that they belong to: the capacity of a library, the bytes by which a format is
recognized.
"""

from __future__ import annotations

from usql.frozen import dataclass


@dataclass(frozen=True)
class StoreTuning:
    """The sizes and thresholds of a load. ``…_at_once`` are sizes of pieces of work: large enough that
    a call's overhead is small, small enough that its memory is small compared with the columns.
    ``…_one_in`` are shares: one in so many. Cells are rows times columns.
    """

    # --- texts

    text_bytes_at_once: int = 8 << 20
    """Bytes of a text that are read, parsed or searched at a time: as many in each stage, so that none
    has to copy what it gets from another."""

    first_text_bytes: int = 1 << 20
    """The approximate bytes of the first piece of a text: a query with a LIMIT rarely needs more."""

    archive_bytes_at_once: int = 2 << 20
    """Bytes of an archive and of its content that are decompressed at a time: larger pieces are slower."""

    most_fast_lines: int = 1 << 17
    """The most lines of a piece that is parsed as a whole; a piece with more is read line by line, since
    such short lines take many times their bytes in memory."""

    most_expected_fields: int = 500
    """The most fields that the pieces of a file are expected to have. Each costs time in every piece."""

    most_expected_spellings: int = 100
    """The most unusual spellings of field names that are expected if only some fields are read."""

    # --- values of the program, and rows that are read one by one

    objects_at_once: int = 1 << 12
    """Sessions that are converted from Python objects to columns at a time."""

    object_bytes_at_once: int = 64 << 20
    """The most bytes of these sessions in JSON; as Python objects they take many times as much."""

    values_at_once: int = 1 << 20
    """Cells of a wide table that are converted to Python objects at a time; most of them may be
    missing."""

    # --- tables

    table_rows_at_once: int = 1 << 14
    """Rows of a table that are converted at a time."""

    fewest_table_rows: int = 1 << 10
    """The fewest rows of a wide table that are converted at a time, unless they have more than
    ``most_decoded_cells``: each column has a cost of its own."""

    table_cells_at_once: int = 1 << 19
    """Cells of a table that is not in memory yet that are converted at a time: the result takes memory
    in addition to the columns."""

    decoded_cells_at_once: int = 1 << 18
    """Cells of a Parquet file that are decoded at a time: they take many times the memory of the
    columns."""

    most_decoded_cells: int = 1 << 24
    """The most cells that are decoded at a time, or that one thread reads from a row group: a missing
    value takes no space in the file, but some in memory."""

    # --- shards

    most_shard_children: int = 10_000_000
    """The most rows of child tables in a shard, unless one session has more."""

    run_memory_one_in: int = 10
    """Share of the memory limit that the columns of a run may take, not counting what they are made
    from."""

    shard_memory_one_in: int = 8
    """Share of the memory limit that the columns of a shard may take, not counting what they are made
    from."""

    piece_memory_one_in: int = 8
    """Share of the memory limit: what a line of text or a JSON array may take where shards are written, and
    a row group that is not streamed. It takes more than twice its bytes while it is decoded."""

    decoded_memory_one_in: int = 2
    """Share of the memory limit: what decoding may take of a row group that is streamed, that is a page and
    the dictionary of each column, and what the allocator and the decoders take for them."""

    streamed_bytes_at_once: int = 2 << 20
    """Bytes of a row group, unpacked, that are decoded at a time where it is streamed; repeated texts
    count once."""

    trimmed_memory_one_in: int = 64
    """Share of the memory limit: how much is read before what is free is returned to the system."""

    memory_per_thread: int = 64_000_000
    """Bytes that a thread takes while it reads. While shards are written, all threads together take at
    most half of the memory limit."""

    run_block_one_in: int = 64
    """Share of the sessions of a run that are in one block. While runs are merged, one block of each is
    in memory."""

    fewest_block_sessions: int = 1 << 8
    """The fewest sessions of a block: each column of a block has a cost of its own."""

    # --- columns of a store

    rows_merged_at_once: int = 1 << 20
    """Rows of several stores whose columns are merged between two checks of the query's limits."""

    codes_counted_at_once: int = 1 << 20
    """Codes that are counted at a time, since counting widens them to 64 bits."""

    # --- names and values that queries mention

    most_searched_names: int = 8
    """The most names of fields that are searched for in the bytes of a source before it is read: each
    takes a pass over the bytes."""

    bytes_searched_at_once: int = 1 << 18
    """Bytes that are searched at a time, so that intermediate results stay in the processor's cache."""

    most_compared_texts: int = 2000
    """The most distinct values of a field that are all compared with a text that the data does not
    have; of more, only its neighbours are."""

    compared_neighbours: int = 50
    """Values that are compared on each side of the place where such a text would be sorted."""

    most_enum_values: int = 1000
    """The most distinct values of a field that counts as an enum."""


DEFAULT = StoreTuning()
"""The tuning of loads unless another one is passed."""
