"""One question of data that is not kept: the same answer as of all that was loaded, and less read."""

from __future__ import annotations

import contextlib
import gzip
import json
import pickle
import re
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from pyarrow import ipc

import usql
import usql.once
from tests.oracle.strategies import Case, cases
from tests.sampling import case_count
from usql.asking.question import QueryOptions
from usql.cli import run
from usql.language.parser import parse_script
from usql.once import Opening, opened_for
from usql.samples import generate
from usql.store import Store, load
from usql.store.tuning import StoreTuning

CASES = case_count(24, long=400)

QUERIES = [
    "SELECT country, COUNT(*) FROM usersession GROUP BY country",
    "SELECT city, useraction.name FROM usersession WHERE useraction.duration > 500 "
    "ORDER BY duration DESC LIMIT 5",
    "SELECT * FROM usersession LIMIT 2",
    "SELECT useraction.*, bounce FROM usersession LIMIT 2",
    "SELECT JSON FROM usersession LIMIT 2",
    "SELECT JSON FROM userevent LIMIT 2",
    "SELECT COUNT(*) FROM useraction",
    "SELECT isEntryAction, isExitAction, COUNT(*) FROM useraction "
    "GROUP BY isEntryAction, isExitAction",
    "SELECT COUNT(DISTINCT userSessionId), MAX(endTime) FROM usersession",
    "SELECT stringProperties.tier, KEYS(stringProperties) FROM usersession LIMIT 9",
    "SELECT FUNNEL(useraction.keyUserAction = true AS a, useraction.duration > 900) "
    "FROM usersession",
    "SELECT name, ip FROM useraction WHERE startTime > $TIME_FRAME_START LIMIT 3",
    "SELECT COUNT(*) FROM usersession WHERE country = 'Atlantis' AND bounce = true",
    "SELECT city FROM usersession WHERE startTime < $NOW - DURATION(\"9999d\")",
    "SELECT DISTINCT usersession.browserFamily FROM usererror",
    "SELECT country FROM usersession WHERE city = 'Albaburgg' LIMIT 3",
]  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Some sessions in every form that holds them."""
    folder = tmp_path_factory.mktemp("once")
    table = generate(150, 3)
    loaded = usql.open(table)
    for name in ("a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a.parquet"):
        loaded.write(folder / name)
    loaded.save(folder / "a.usqlstore")
    pq.write_table(table, folder / "groups.parquet", row_group_size=40)
    with ipc.new_file(folder / "a.arrow", table.schema) as file:
        file.write_table(table)
    with ipc.new_stream(folder / "b.arrow", table.schema) as stream:
        stream.write_table(table, max_chunksize=50)
    names = ("a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a.parquet", "a.usqlstore",
             "groups.parquet", "a.arrow", "b.arrow")  # fmt: skip
    rows = [json.loads(line) for line in (folder / "a.ndjson").read_text().splitlines()]
    (folder / "array.json").write_text(json.dumps(rows))
    files = {name: folder / name for name in (*names, "array.json")}
    return {
        **files,
        "table": table,
        "dicts": rows,
        "two": [folder / "a.ndjson", folder / "a.parquet"],
    }


def outcome(ask: Callable[[], usql.Result]) -> dict[str, Any]:
    """All that an answer tells, or the error."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        try:
            result = ask()
        except usql.UsqlError as error:
            return {"error": str(error)}
        return {
            "rows": result.rows(),
            "schema": result.schema,
            "types": result.to_arrow().schema,
            "warnings": [str(d) for d in result.diagnostics],
            "response": result.to_table_response(deep_links=True),
            "notes": result.explanations,
            "cut": result.limit_note,
        }


def assert_same(text: str, source: Any, loaded: usql.Sessions) -> None:
    options: dict[str, Any] = {"now": 1_800_000_000_000}
    once = outcome(lambda: usql.query(text, source, **options))
    whole = outcome(lambda: loaded.query(text, **options))
    assert once == whole


@pytest.fixture(scope="module")
def loaded(sources: dict[str, Any]) -> dict[str, usql.Sessions]:
    """The same, loaded."""
    return {name: usql.open(source) for name, source in sources.items()}


@pytest.mark.parametrize("text", QUERIES)
def test_every_kind_of_source_answers_alike(
    sources: dict[str, Any], loaded: dict[str, usql.Sessions], text: str
) -> None:
    for name in ("a.ndjson", "groups.parquet", "a.arrow", "a.usqlstore", "table"):
        assert_same(text, sources[name], loaded[name])


@pytest.mark.parametrize("text", QUERIES[1:8:2])
def test_others_too(sources: dict[str, Any], loaded: dict[str, usql.Sessions], text: str) -> None:
    for name, source in sources.items():
        assert_same(text, source, loaded[name])


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_generated_questions(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    path = tmp_path_factory.mktemp("case") / "a.ndjson"
    path.write_text("".join(_line(session) for session in case.sessions))
    loaded = usql.open(path)
    for question in case.questions:
        once = outcome(partial(usql.query, question.text, path, **question.options))
        whole = outcome(partial(loaded.query, question.text, **question.options))
        assert once == whole, question.text


def _line(session: Any) -> str:
    """JSON has no NaN, which in objects is a missing value."""
    plain = json.loads(json.dumps(session), parse_constant=lambda _: None)
    return json.dumps(plain) + "\n"


# --- the text -------------------------------------------------------------------------------------


_IDS = ", ".join(f"'{number:06}'" for number in range(3000))


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("SELECT city, COUNT(*) FROM usersession GROUP BY city", {}),
        ("SELECT city FROM usersession LIMIT 150", {}),  # it is looked at on the way
        ("SELECT city FROM usersession WHERE startTime < $NOW LIMIT 3", {}),
        ("SELECT city FROM usersession WHERE country = '${c}'", {"parameters": {"c": "Spain"}}),
        (f"SELECT city FROM usersession WHERE userSessionId IN ({_IDS})", {}),
        ("SELECT nothing FROM usersession", {}),
        ("SELEC city", {}),
    ],
)
def test_a_text_is_read_once(
    sources: dict[str, Any], text: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def noted(text: str, holes: Any = None) -> Any:
        read.append(text)
        return parse_script(text, holes)

    monkeypatch.setattr("usql.language.parser.parse_script", noted)
    with contextlib.suppress(usql.UsqlError):
        asked(text, sources["a.ndjson"], **options)
    assert len(read) == 1
    if not options:
        run(["query", text, str(sources["a.ndjson"])])
        assert len(read) == 2


# --- where reading ends ---------------------------------------------------------------------------


SMALL = StoreTuning(text_bytes_at_once=20_000)


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """``usql.query`` reads text some thousand bytes at a time."""
    monkeypatch.setattr(usql.once, "Opening", partial(Opening, tuning=SMALL))


def asked(text: str, source: Any, **options: Any) -> tuple[usql.Result, float]:
    """The answer, and which part of the source was read for it."""
    done = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = usql.query(
            text, source, threads=1, progress=lambda p: done.append(p.bytes_done / p.bytes_total),
            **options,
        )  # fmt: skip
    return result, done[-1]


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(
    "text",
    [
        "SELECT city FROM usersession LIMIT 3",
        "SELECT useraction.name FROM useraction",
        "SELECT useraction.name FROM useraction LIMIT 7",
        "SELECT city, useraction.name FROM usersession WHERE bounce = false LIMIT 2",
        "SELECT city FROM usersession WHERE browserType = 'Desktop Browser' LIMIT 2",
        "SELECT city FROM usersession LIMIT 0",
    ],
)
def test_reading_ends_when_the_limit_is_full(
    sources: dict[str, Any], loaded: dict[str, usql.Sessions], text: str
) -> None:
    result, part = asked(text, sources["a.ndjson"])
    assert 0 < part < 0.7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = loaded["table"].query(text)
    assert result.rows() == whole.rows()
    assert result.total_rows is None
    assert result.to_table_response(deep_links=True) == whole.to_table_response(deep_links=True)


def test_the_first_look_is_after_a_megabyte(tmp_path: Path) -> None:
    """Text is read by larger pieces."""
    path = tmp_path / "a.ndjson"
    line = b'{"userSessionId": "a", "city": "Linz", "longs": "%s"}\n' % (b"x" * 50_000)
    path.write_bytes(line * 40 + b"no session\n")
    assert usql.query("SELECT city FROM usersession LIMIT 3", path).rows() == [["Linz"]] * 3
    with pytest.raises(usql.DataError, match="line 41"):
        usql.query("SELECT city FROM usersession LIMIT 30", path)


def test_looks_become_rare(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    line = b'{"userSessionId": "a", "city": "'
    path.write_bytes((line + b"x" * (97 - len(line)) + b'"}\n') * 1000)
    seen: list[int] = []

    def never(store: Store) -> bool:
        seen.append(store.sessions)
        return False

    tuning = StoreTuning(text_bytes_at_once=1000)
    found = load(path, fields=["city"], enough=never, threads=1, tuning=tuning)
    assert found.sessions == 1000
    assert seen == [10, 20, 50, 170, 650]


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(
    "text",
    [
        "SELECT city FROM usersession ORDER BY city LIMIT 3",
        "SELECT DISTINCT city FROM usersession LIMIT 3",
        "SELECT COUNT(*) FROM usersession LIMIT 3",
        "SELECT TOP(city, 2) FROM usersession LIMIT 3",
        "SELECT * FROM usersession LIMIT 3",
        "SELECT useraction.isEntryAction FROM usersession LIMIT 3",
        "SELECT stringProperties.tier FROM usersession LIMIT 3",
        "SELECT city FROM usersession WHERE startTime < $TIME_FRAME_END LIMIT 3",
        "SELECT city FROM usersession WHERE city = 'Nowhere' OR bounce = false LIMIT 3",
        "SELECT city FROM usersession WHERE userType = 'NOBODY' OR bounce = false LIMIT 3",
        "SELECT city FROM usersession LIMIT 150",
    ],
)
def test_what_follows_may_change_the_answer(
    sources: dict[str, Any], loaded: dict[str, usql.Sessions], text: str
) -> None:
    result, part = asked(text, sources["a.ndjson"])
    assert part == 1
    assert result.rows() == loaded["a.ndjson"].query(text).rows()


@pytest.mark.usefixtures("pieces")
def test_data_end_is_known_when_all_is_read(sources: dict[str, Any]) -> None:
    _, part = asked("SELECT city FROM usersession LIMIT 3", sources["a.ndjson"], now="data-end")
    assert part == 1


@pytest.mark.usefixtures("pieces")
def test_a_cut_by_the_default_limit_is_told_without_the_total(sources: dict[str, Any]) -> None:
    with pytest.warns(usql.LimitWarning, match="The first 50 rows are shown") as caught:
        usql.query("SELECT useraction.name FROM useraction", sources["a.ndjson"])
    assert caught[0].filename == __file__
    result, _ = asked("SELECT useraction.name FROM useraction LIMIT 9", sources["a.ndjson"])
    assert result.explanations == ("Reading ended at LIMIT 9; there may be more rows.",)


def test_notes_of_a_part_say_so(tmp_path: Path) -> None:
    line = '{"userSessionId": "a", "startTime": 1, "city": "Linz"}\n'
    path = tmp_path / "a.ndjson"
    path.write_text(line * 3000)
    text = "SELECT city FROM usersession LIMIT 2"
    sessions = opened_for(text, QueryOptions(), path, Opening(threads=1, tuning=SMALL))
    assert len(sessions) < 3000
    assert sessions.notes[0].startswith(f"{len(sessions) - 1:,} of {len(sessions):,} sessions")
    assert sessions.notes[1:] == (
        f"Reading ended at LIMIT: the notes describe only the first {len(sessions):,} sessions.",
    )


@pytest.mark.usefixtures("pieces")
def test_bad_data_behind_the_limit_is_not_met_unless_all_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"city": "Linz"}\n' * 3000 + "{bad\n")
    text = "SELECT city FROM usersession LIMIT 2"
    assert usql.query(text, path).rows() == [["Linz"], ["Linz"]]
    with pytest.raises(usql.DataError, match="line 3001"):
        usql.query("SELECT city FROM usersession ORDER BY city LIMIT 2", path)
    rejects = tmp_path / "rejects"
    assert usql.query(text, path, on_error="skip", rejects=rejects).rows() == [["Linz"], ["Linz"]]
    assert rejects.read_text() == "{bad\n"


def test_reading_ends_in_typed_sources(tmp_path: Path) -> None:
    table = generate(400, 3)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=20)
    text = "SELECT city FROM usersession LIMIT 3"
    read = []
    real = pq.ParquetFile.iter_batches

    def counted(file: pq.ParquetFile, *arguments: Any, **options: Any) -> Any:
        read.append(arguments)
        return real(file, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pq.ParquetFile, "iter_batches", counted)
        found = usql.query(text, tmp_path / "a.parquet", threads=1)
    assert len(read) == 1
    assert found.rows() == usql.open(table).query(text).rows()


# --- timeframes -----------------------------------------------------------------------------------

DAY = 86_400_000
TIMES: list[tuple[int | None, int | None]] = [
    (0, 10), (10, 20), (1, 100), (2, None), (9, 10), (None, 1), (7, 7)
]  # fmt: skip
"""Begin and end of sessions in days, three to a row group."""


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions in row groups, some of which repeat in later ones."""
    rows = [
        {
            "userSessionId": str(i % 7),
            "startTime": None if begin is None else begin * DAY,
            "endTime": None if end is None else end * DAY,
            "city": f"city {i}",
            "country": "Spain" if i < 3 else "France",
            "userActions": [{"name": f"action {i}"}],
        }
        for i, (begin, end) in enumerate(TIMES * 2)
    ]
    path = tmp_path_factory.mktemp("groups") / "a.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    return path


@pytest.fixture(scope="module")
def all_groups(groups: Path) -> usql.Sessions:
    """Loaded."""
    return usql.open(groups)


@pytest.mark.parametrize("start", [None, 0, 3 * DAY, 10 * DAY + 1, 30 * DAY, 101 * DAY])
@pytest.mark.parametrize("end", [None, 1, 3 * DAY, 9 * DAY, 200 * DAY])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT city, COUNT(*) FROM usersession GROUP BY city",
        "SELECT COUNT(*) FROM useraction WHERE usersession.country = 'Spainn'",
        "SELECT city FROM usersession WHERE useraction.name = 'action 12' ORDER BY city",
        "SELECT city FROM usersession LIMIT 2",
    ],
)
def test_row_groups_outside_of_a_timeframe_change_nothing(
    groups: Path, all_groups: usql.Sessions, text: str, start: int | None, end: int | None
) -> None:
    options: dict[str, Any] = {"start": start, "end": end}
    once = outcome(lambda: usql.query(text, groups, **options))
    whole = outcome(lambda: all_groups.query(text, **options))
    if "LIMIT" in text:  # which may end reading
        once, whole = ({k: told[k] for k in ("rows", "schema")} for told in (once, whole))
    assert once == whole


def columns_read(path: Path, text: str, **options: Any) -> list[set[str]]:
    """The columns that were read of each row group."""
    read = []
    real = pq.ParquetFile.iter_batches

    def noted(
        file: pq.ParquetFile, size: int, groups: list[int], columns: list[str], **more: Any
    ) -> Any:
        read.append(set(columns or ["all"]))
        return real(file, size, groups, columns, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pq.ParquetFile, "iter_batches", noted)
        usql.query(text, path, threads=1, **options)
    return read


def test_of_row_groups_outside_of_a_timeframe_only_what_tells_sessions_apart_is_read(
    groups: Path,
) -> None:
    text = "SELECT COUNT(DISTINCT city) FROM usersession WHERE country LIKE '%pain'"
    keys = {"userSessionId", "startTime", "endTime"}
    assert columns_read(groups, text) == [{*keys, "city", "country"}] * 5
    some = columns_read(groups, text, start=150 * DAY)
    assert some[0] == {*keys, "country"}
    assert some[1] == {*keys, "city", "country"}  # a start is missing there
    assert columns_read(groups, text, start="-1d", now=150 * DAY)[0] == {*keys, "country"}


def test_sessions_outside_of_a_timeframe_are_counted_when_they_repeat(groups: Path) -> None:
    text = "SELECT COUNT(*) FROM usersession"
    sessions = opened_for(text, QueryOptions(start=150 * DAY), groups, Opening())
    assert sessions.notes == usql.open(groups).notes
    assert sessions.notes
    assert len(sessions) == len(TIMES) * 2


def test_an_end_that_moves_leaves_nothing_out(groups: Path) -> None:
    text = "SELECT COUNT(DISTINCT city) FROM usersession"
    keys = {"userSessionId", "startTime", "endTime"}
    assert columns_read(groups, text, end="-1d", now=-DAY) == [{*keys, "city"}] * 5
    assert columns_read(groups, text, end=-DAY)[0] == keys


# --- some fields ----------------------------------------------------------------------------------


def test_fields_that_are_not_loaded_are_refused(sources: dict[str, Any]) -> None:
    sessions = usql.open(sources["a.ndjson"], fields=["city", "useraction.name"])
    for text, what in [
        ("SELECT country FROM usersession", "usersession.country is not loaded"),
        ("SELECT city FROM usersession WHERE useraction.duration > 1", "useraction.duration is"),
        ("SELECT * FROM usersession", "usersession.* is not loaded"),
        ("SELECT useraction.* FROM usersession", "useraction.* is not loaded"),
        ("SELECT JSON FROM usersession", "usersession.* is not loaded"),
        ("SELECT JSON FROM useraction", "useraction.* is not loaded"),
        ("SELECT COUNT(*) FROM usererror", "The table usererror is not loaded"),
    ]:
        with pytest.raises(usql.UsqlError, match="not-loaded") as caught:
            sessions.query(text)
        assert what in str(caught.value)
    assert sessions.query("SELECT COUNT(city), COUNT(userSessionId) FROM usersession").rows()
    assert repr(sessions).endswith(
        "; city, endTime, partNumber, startTime, userSessionId, useraction.name>"
    )


def test_all_fields_of_a_table_can_be_loaded(sources: dict[str, Any]) -> None:
    sessions = usql.open(sources["a.parquet"], fields=["useraction.*"])
    whole = usql.open(sources["a.parquet"])
    for text in ("SELECT JSON FROM useraction LIMIT 3", "SELECT * FROM useraction LIMIT 3"):
        assert sessions.query(text).rows() == whole.query(text).rows()


def test_some_fields_are_not_saved_for_all(sources: dict[str, Any], tmp_path: Path) -> None:
    sessions = usql.open(sources["a.ndjson"], fields=["city"])
    with pytest.raises(ValueError, match="only some fields are loaded"):
        sessions.save(tmp_path / "s")
    with pytest.raises(ValueError, match="only some fields are loaded"):
        sessions.write(tmp_path / "a.ndjson")
    assert not list(tmp_path.iterdir())


def test_some_fields_of_a_store_stay_some_in_another_process(sources: dict[str, Any]) -> None:
    sessions = usql.open(sources["a.usqlstore"], fields=["city"])
    again = pickle.loads(pickle.dumps(sessions))
    for one in (sessions, again):
        assert one.query("SELECT COUNT(city) FROM usersession").rows() != [[0]]
        with pytest.raises(usql.UsqlError, match="not-loaded"):
            one.query("SELECT country FROM usersession")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ciy", "usersession has no field 'ciy'; did you mean city"),
        ("useraction.nam", "useraction has no field 'nam'; did you mean name"),
        ("usercation.*", "usersession has no field 'usercation.*'"),
        ("tenantId", "usersession has no field 'tenantid'"),
        ("", "usersession has no field ''"),
    ],
)
def test_names_that_the_data_has_not(sources: dict[str, Any], name: str, said: str) -> None:
    for source in (sources["a.ndjson"], sources["a.parquet"], sources["a.usqlstore"]):
        with pytest.raises(ValueError, match=f"^fields: {re.escape(said)}"):
            usql.open(source, fields=["country", name])


def test_further_fields_and_documented_ones_without_values_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"userSessionId": "a", "shopId": 5}\n')
    names = ["shopId", "replayStart", "useraction.isEntryAction", "usersession.country"]
    sessions = usql.open(tmp_path / "a.ndjson", fields=names)
    assert sessions.query("SELECT shopId, country FROM usersession").rows() == [[5, None]]


def test_names_are_a_list(sources: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="fields must be a list of names"):
        usql.open(sources["a.ndjson"], fields="city")


def test_the_plan_tells_what_is_not_checked(sources: dict[str, Any]) -> None:
    sessions = usql.open(sources["a.ndjson"], fields=["city"])
    plan = sessions.explain("SELECT city FROM usersession")
    assert plan.splitlines()[-1] == (
        "loaded: city, endTime, partNumber, startTime, userSessionId; other fields are not checked"
    )


def test_unread_fields_are_not_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b'{"city": "Linz", "bounce": "often"}\n'))
    assert usql.query("SELECT city FROM usersession", path).rows() == [["Linz"]]
    with pytest.raises(usql.DataError, match="line 1, bounce"):
        usql.query("SELECT bounce FROM usersession", path)
    with pytest.raises(usql.DataError, match="line 1, bounce"):
        usql.query("SELECT city FROM usersession", path, duplicates="drop")


def test_placeholders_are_filled_before_fields_are_chosen(sources: dict[str, Any]) -> None:
    found = usql.query(
        "SELECT ${what} FROM usersession LIMIT 2", sources["a.ndjson"], parameters={"what": "city"}
    )
    assert [c.name for c in found.schema] == ["city"]
