"""``usql convert`` to and from a saved store."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_cli import COUNT, DATA, usql
from tests.store.same import assert_same
from usql.store import load
from usql.store.folder import open_folder


def test_to_a_store_and_back(tmp_path: Path) -> None:
    saved, lines = tmp_path / "s.usqlstore", tmp_path / "s.ndjson"
    done = usql("convert", DATA, str(saved))
    assert (done.returncode, done.stderr) == (0, f"16 sessions written to {saved}\n")
    assert_same(open_folder(saved), load(DATA))
    assert "16" in usql("query", COUNT, str(saved)).stdout
    assert "32" in usql("query", COUNT, str(saved), DATA).stdout
    assert usql("convert", str(saved), str(lines)).returncode == 0
    assert_same(load(lines), load(DATA))


def test_a_store_is_written_over_and_a_separator_ends_its_name(tmp_path: Path) -> None:
    target = f"{tmp_path / 's.usqlstore'}/"
    for _ in range(2):
        assert usql("convert", DATA, target).returncode == 0
    assert usql("convert", target, target).returncode == 0
    assert_same(open_folder(target), load(DATA))


def test_names_that_can_not_be_written(tmp_path: Path) -> None:
    done = usql("convert", DATA, str(tmp_path / "x.xlsx"))
    assert done.returncode == 2
    assert ".usqlstore" in done.stderr
    other = tmp_path / "s.usqlstore"
    other.mkdir()
    (other / "thesis.txt").touch()
    done = usql("convert", DATA, str(other))
    assert done.returncode == 2
    assert "something else than a saved store" in done.stderr
    done = usql("convert", DATA, str(tmp_path / "none" / "s.ndjson"))
    assert done.returncode == 2
    assert "can not be written" in done.stderr


def test_a_damaged_store(tmp_path: Path) -> None:
    saved = tmp_path / "s.usqlstore"
    usql("convert", DATA, str(saved))
    (saved / "useraction.arrow").write_bytes(b"")
    done = usql("query", COUNT, str(saved))
    assert done.returncode == 3
    assert f"error: {saved / 'useraction.arrow'}: the file is damaged" in done.stderr
