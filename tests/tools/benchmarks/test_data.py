"""The flat tables that the peers load say the same as the nested sample."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import usql
from benchmarks.data import OWNER, Data, data, fingerprint, flatten
from benchmarks.parameters import choose
from benchmarks.queries import queries
from usql.samples import batches, generate

SESSIONS = 30_000
"""More than one batch of the sample."""


@pytest.fixture(scope="module")
def flat() -> dict[str, pa.Table]:
    return flatten(batches(SESSIONS))


def test_children_hang_on_their_sessions(flat: dict[str, pa.Table]) -> None:
    nested = generate(SESSIONS)
    row = SESSIONS - 3
    wanted = nested.slice(row, 1).to_pylist()[0]
    for table, field in (("useraction", "userActions"), ("userevent", "events")):
        owners = flat[table][OWNER].to_numpy()
        assert (owners[1:] >= owners[:-1]).all()
        first, after = owners.searchsorted([row, row + 1])
        names = flat[table]["name"].slice(first, after - first).to_pylist()
        assert names == [entry["name"] for entry in wanted[field] or []]
    assert flat["usersession"][OWNER].to_pylist() == list(range(SESSIONS))
    assert flat["usersession"]["city"][row].as_py() == wanted["city"]


def test_properties_are_columns(flat: dict[str, pa.Table]) -> None:
    nested = generate(SESSIONS)["stringProperties"].slice(0, 200).to_pylist()
    wanted = [{p["key"]: p["value"] for p in pairs or []}.get("tier") for pairs in nested]
    assert flat["usersession"]["stringProperties.tier"].slice(0, 200).to_pylist() == wanted
    assert any(wanted)


def test_addresses_have_a_number(flat: dict[str, pa.Table]) -> None:
    pairs = flat["usersession"].select(["ip", "ip4"]).slice(0, 500).to_pydict()
    for text, number in zip(pairs["ip"], pairs["ip4"], strict=True):
        plain = text is not None and "." in text
        assert number == (int.from_bytes(map(int, text.split("."))) if plain else None)


def test_columns_are_narrow_and_dictionaries_sorted(flat: dict[str, pa.Table]) -> None:
    assert flat["usersession"].schema.field("country").type.index_type == pa.int8()
    assert flat["useraction"].schema.field("name").type.index_type == pa.int16()
    assert flat["useraction"].schema.field("duration").type == pa.int32()
    names = flat["useraction"]["name"].chunk(0).dictionary.to_pylist()
    assert names == sorted(set(names))


def test_parameters_fit_the_data(flat: dict[str, pa.Table]) -> None:
    p = choose(flat)
    sessions, actions = flat["usersession"].to_pandas(), flat["useraction"].to_pandas()
    assert actions["name"].value_counts().idxmax() == p.usual_action
    counts = sessions["country"].value_counts()
    assert counts[counts > counts[p.country]].sum() <= counts.sum() / 2
    assert counts[counts >= counts[p.country]].sum() >= counts.sum() / 2
    assert sessions["startTime"].between(p.start, p.end).mean() == pytest.approx(3 / 14, abs=0.05)


def test_bytes_read_count_codes_and_offsets(flat: dict[str, pa.Table]) -> None:
    sizes = {q.key: q.bytes_read(flat) for q in queries(choose(flat))}
    actions = len(flat["useraction"])
    assert sizes["B1"] == 3 * SESSIONS
    assert sizes["B2"] == 2 * actions + 4 * SESSIONS
    assert sizes["B8"] == 6 * actions
    assert list(sizes) == [f"B{n}" for n in range(1, 18)]


def test_files_are_made_once(tmp_path: Path) -> None:
    here = data(0.001, tmp_path)
    first = here.flat()
    assert first["usersession"].num_rows == 1000
    stamps = {f.name: f.stat().st_mtime_ns for f in here.folder.iterdir()}
    assert all(first[name].equals(table) for name, table in here.flat().items())
    assert stamps == {f.name: f.stat().st_mtime_ns for f in here.folder.iterdir()}
    assert here.parquet().exists()
    assert not list(here.folder.glob("unfinished*"))


def test_what_other_sources_made_is_made_anew(tmp_path: Path) -> None:
    here = data(0.001, tmp_path)
    here.parquet()
    (here.folder / "made-by").write_text("older sources")
    assert not (data(0.001, tmp_path).folder / "sessions.parquet").exists()


def test_only_some_fields() -> None:
    fields = frozenset({"city", "userActions.name", "userActions.duration"})
    (whole,) = batches(1000)
    (kept,) = Data(0.001, Path(), fields).batches()
    assert kept.schema.names == ["city", "userActions"]
    assert kept["city"].equals(whole["city"])
    wanted = [
        None if actions is None else [{f: a[f] for f in ("name", "duration")} for a in actions]
        for actions in whole["userActions"].to_pylist()
    ]
    assert kept["userActions"].to_pylist() == wanted


def test_sources_in_folders_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "store" / "saved" / "disk.py"
    source.parent.mkdir(parents=True)
    monkeypatch.setattr(usql, "__file__", str(tmp_path / "__init__.py"))
    made = []
    for text in ("a = 1", "a = 2"):
        source.write_text(text)
        made.append(fingerprint("store"))
    assert made[0] != made[1]
