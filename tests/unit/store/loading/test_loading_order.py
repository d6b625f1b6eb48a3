"""Loading on several threads: the order of sessions, of errors and of rejects is that of one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import WriterProperties, write_deltalake
from hypothesis import HealthCheck, given, settings
from pyarrow import ipc

import usql
from benchmarks.memory import status
from tests.oracle.strategies import sessions
from tests.reading import slow_path
from tests.sampling import examples
from tests.unit.store.loading.json.test_hard_lines import columns
from usql import store
from usql.errors import DataError
from usql.samples import generate
from usql.store import Store
from usql.store.columns import DictionaryColumn, ListColumn, NumberColumn
from usql.store.export.write import write_batches
from usql.store.loading.json import fast
from usql.store.threads import workers
from usql.store.tuning import DEFAULT, StoreTuning
from usql.store.views import to_arrow

Write = Callable[[str, bytes | str], Path]


def lines(count: int, bad: dict[int, str] | None = None) -> str:
    """Lines with their number as duration; those in ``bad`` are what it says."""
    made = [json.dumps({"duration": i, "city": f"c{i % 7}"}) for i in range(1, count + 1)]
    for number, text in (bad or {}).items():
        made[number - 1] = text
    return "\n".join(made) + "\n"


def load(source: Any, **options: Any) -> Store:
    """In small pieces."""
    small = StoreTuning(text_bytes_at_once=300, table_rows_at_once=5)
    return store.load(source, **{"tuning": small, **options})


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sessions_keep_their_order(write: Write, threads: int) -> None:
    files = [write(f"{i}.ndjson", lines(100)) for i in range(3)]
    durations = columns(load(files, threads=threads))["usersession"]["duration"]
    assert durations == [*range(1, 101)] * 3


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_first_bad_line_is_named(write: Write, threads: int) -> None:
    # The second one is found much sooner than the first: its piece fails at once.
    bad = {40: '{"duration": "x"}', 60: "{", 80: "nothing"}
    first = write("1.ndjson", lines(100, bad))
    second = write("2.ndjson", "{")
    with pytest.raises(DataError) as caught:
        load([first, second], threads=threads)
    assert (caught.value.source, caught.value.line) == (str(first), 40)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_bad_line_is_named_before_an_unreadable_file(
    write: Write, tmp_path: Path, threads: int
) -> None:
    first = write("1.ndjson", lines(20, {20: "{"}))
    broken = write("2.parquet", b"PAR1 and no more")
    with pytest.raises(DataError) as caught:
        load([first, broken], threads=threads)
    assert (caught.value.source, caught.value.line) == (str(first), 20)


def test_rejects_and_notes_are_those_of_one_thread(write: Write, tmp_path: Path) -> None:
    bad = {n: f'{{"duration": "x{n}"}}' for n in range(3, 200, 9)}
    file = write("a.ndjson", lines(200, bad))
    found = []
    for threads in (1, 3):
        store = load(file, on_error="skip", rejects=tmp_path / "bad", threads=threads)
        found.append((columns(store), store.notes, (tmp_path / "bad").read_text()))
    assert found[0] == found[1]
    assert found[0][2].splitlines() == list(bad.values())


def test_values_in_memory_come_in_the_order_of_the_sources(write: Write) -> None:
    file, other = (write(name, lines(30)) for name in ("a.ndjson", "b.ndjson"))
    table = pa.table({"duration": range(100, 112)})
    frame = table.to_pandas()
    store = load([table, file, frame, other], threads=3)
    own, numbers = list(range(100, 112)), list(range(1, 31))
    assert columns(store)["usersession"]["duration"] == own + numbers + own + numbers


def test_bad_rows_of_parquet_files_are_named_by_their_number_in_the_file(tmp_path: Path) -> None:
    names = [["a"]] * 47 + [[None]] + [["a"]] * 20
    pairs = [[{"key": k, "value": "v"} for k in row] for row in names]
    pq.write_table(
        pa.table({"stringProperties": pairs, "duration": range(68)}),
        tmp_path / "a.parquet",
        row_group_size=30,  # each of which is read in pieces
    )
    with pytest.raises(DataError) as caught:
        load(tmp_path / "a.parquet", threads=2)
    assert caught.value.source == f"{tmp_path / 'a.parquet'}, row 47"
    kept = load(tmp_path / "a.parquet", threads=2, on_error="skip")
    durations = columns(kept)["usersession"]["duration"]
    assert durations == [d for d in range(68) if d != 47]


def test_a_damaged_row_group_is_told_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"city": [f"city {i}" for i in range(40)]})
    pq.write_table(table, path, row_group_size=10, compression="zstd", use_dictionary=False)
    data = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(2).column(0).data_page_offset
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    for threads in (1, 2):
        with pytest.raises(DataError, match="the file cannot be read") as caught:
            load(path, threads=threads)
        assert caught.value.source == str(path)


def exact(store: Store) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Everything that columns hold, with widths."""
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for table in store.tables.values():
        for name, column in [*table.columns.items(), *table.derived.items()]:
            parts: tuple[Any, ...] = ()
            if isinstance(column, NumberColumn):
                parts = (column.values.dtype, column.values.tolist())
            elif isinstance(column, DictionaryColumn):
                parts = (column.codes.dtype, column.codes.tolist(), column.dictionary.to_pylist())
                assert set(column.codes.tolist()) - {column.null_code} <= set(
                    range(column.null_code)
                )
                if column.dictionary.type == pa.string():
                    assert set(range(column.null_code)) <= set(column.codes.tolist())
            elif isinstance(column, ListColumn):
                parts = (column.offsets.tolist(),)
            found[table.name, name] = (*parts, to_arrow(column).to_pylist())
    return found


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sessions())
def test_pieces_threads_and_formats_give_the_same_columns(data: list[dict[str, Any]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ndjson"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data * 2))
        several = load(path, threads=3)
        whole = load(path, threads=1, tuning=DEFAULT)
        with slow_path():
            slow = load(path, threads=2)
    assert exact(several) == exact(whole) == exact(slow)
    assert several.notes == whole.notes == slow.notes
    assert several.catalog == whole.catalog == slow.catalog


# --- the end of a load ------------------------------------------------------------------------------


def loading_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("usql-load")]


def test_no_thread_is_left(write: Write) -> None:
    load(write("a.ndjson", lines(100)), threads=4)
    assert loading_threads() == []
    with pytest.raises(DataError):
        load(write("b.ndjson", lines(100, {50: "{"})), threads=4)
    assert loading_threads() == []


def test_one_thread_is_the_calling_one(write: Write) -> None:
    seen = set()

    def watched(*arguments: Any) -> Any:
        seen.add(threading.get_ident())
        return read_piece(*arguments)

    read_piece = fast.read_piece
    with mock.patch.object(fast, "read_piece", side_effect=watched):
        load(write("a.ndjson", lines(100)), threads=1)
    assert seen == {threading.get_ident()}


def test_what_has_not_begun_never_begins() -> None:
    ran: list[int] = []
    gate = threading.Event()

    def work(number: int) -> None:
        gate.wait(5)
        ran.append(number)

    def interrupted() -> None:
        with workers(2) as pool:
            for number in range(50):
                pool.submit(work, number)
            threading.Timer(0.05, gate.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(ran) <= 2


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_a_load(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text(lines(200_000))
    code = (
        "import signal, threading\n"
        "from usql.store import load\n"
        "from usql.store.tuning import StoreTuning\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a parent may ignore it
        "tuning = StoreTuning(text_bytes_at_once=100_000)\n"
        "print('loading', flush=True)\n"
        "try:\n"
        f"    while True: load({str(path)!r}, threads=2, tuning=tuning)\n"
        "except KeyboardInterrupt:\n"
        "    print([t.name for t in threading.enumerate()])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "loading\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        began = time.monotonic()
        try:
            out, _ = child.communicate(timeout=30)
        finally:
            child.kill()
    assert (child.returncode, out) == (0, "['MainThread']\n")
    assert time.monotonic() - began < 5


def test_a_wrong_number_of_threads_is_refused() -> None:
    with pytest.raises(ValueError, match="threads must be a whole number of at least 1, not 0"):
        load([], threads=0)


# --- memory ------------------------------------------------------------------------------------------


def held(store: Store) -> int:
    """Bytes of all columns."""

    def size(column: Any) -> int:
        if isinstance(column, DictionaryColumn):
            return int(column.codes.nbytes + column.dictionary.nbytes)
        if isinstance(column, NumberColumn):
            return column.values.nbytes + (0 if column.valid is None else column.valid.nbytes)
        inner = [column.entries] if isinstance(column, ListColumn) else [column.keys, column.values]
        return int(column.offsets.nbytes + sum(map(size, inner)))

    total = 0
    for table in store.tables.values():
        arrays = [a for a in (table.offsets, table.parent) if a is not None]
        total += sum(a.nbytes for a in arrays)
        total += sum(map(size, [*table.columns.values(), *table.derived.values()]))
    return total


def grown(path: str) -> tuple[int, int, int]:
    """By how many bytes a load makes this process grow: at most, and afterwards; and the bytes of
    what was loaded."""
    store.load(path.replace("many", "few"), threads=2)
    before = status("VmRSS")
    result = store.load(path, threads=2)
    return status("VmHWM") - before, status("VmRSS") - before, held(result)


@pytest.fixture(scope="module")
def samples() -> dict[str, pa.Table]:
    """Many sample sessions and few."""
    return {name: generate(count, 3) for name, count in (("many", 70_000), ("few", 10))}


def put(path: Path, sessions: pa.Table) -> None:
    """Sessions in a file or folder of the kind that the path's name ends with."""
    table = sessions.combine_chunks()
    rows = len(table) if path.name.endswith(".one.arrow") else 10_000
    match path.suffix:
        case ".arrow":
            with ipc.new_file(path, table.schema) as file:
                file.write_table(table, max_chunksize=rows)
        case ".arrows":
            with ipc.new_stream(path, table.schema) as stream:
                stream.write_table(table, max_chunksize=rows)
        case ".groups":
            pq.write_table(table, path, row_group_size=2000)
        case ".delta":
            write_deltalake(
                str(path), table, writer_properties=WriterProperties(max_row_group_size=2000)
            )
        case _:
            write_batches(path, sessions.to_batches())


def measured(tmp_path: Path, samples: dict[str, pa.Table], suffix: str) -> tuple[int, int, int]:
    """What :func:`grown` tells of many sessions, in a process of its own."""
    for name, table in samples.items():
        put(tmp_path / f"{name}.{suffix}", table)
    path = tmp_path / f"many.{suffix}"
    code = f"from tests.unit.store.loading.test_loading_order import grown; print(*grown({str(path)!r}))"
    root = str(Path(usql.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    most, after, result = map(int, done.stdout.split())
    return most, after, result


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("suffix", ["ndjson", "parquet", "groups", "arrow", "arrows", "delta"])
def test_loading_needs_less_than_three_times_its_result(
    tmp_path: Path, samples: dict[str, pa.Table], suffix: str
) -> None:
    most, after, result = measured(tmp_path, samples, suffix)
    assert most < 3 * result
    assert after < 2 * result


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_file_of_one_batch_is_in_memory_beside_its_result(
    tmp_path: Path, samples: dict[str, pa.Table]
) -> None:
    most, after, result = measured(tmp_path, samples, "one.arrow")
    assert most < (tmp_path / "many.one.arrow").stat().st_size + 1.4 * result
    assert after < 2 * result
