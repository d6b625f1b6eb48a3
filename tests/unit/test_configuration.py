"""What a repository has configured: which file counts, and what may stand in it."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from usql.configuration import KEYS, Configuration, excludes, nearest
from usql.errors import ConfigurationError


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_all_keys(tmp_path: Path) -> None:
    file = put(
        tmp_path / "usql.toml",
        'profile = "offline"\nselect = ["USQL6", "use-in"]\nignore = "default-limit"\n'
        f'exclude = ["drafts"]\ndata = ["a.ndjson", "{tmp_path}/b", "c/*.gz"]\ntimeout = 2.5\n',
    )
    assert nearest(tmp_path) == Configuration(
        profile="offline",
        select=("USQL6", "use-in"),
        ignore=("default-limit",),
        exclude=("drafts",),
        data=(f"{tmp_path}/a.ndjson", f"{tmp_path}/b", f"{tmp_path}/c/*.gz"),
        timeout=2.5,
        file=file,
    )
    assert KEYS == ("profile", "select", "ignore", "exclude", "data", "timeout")


def test_data_stands_beside_the_file_whatever_its_folder_is_called(tmp_path: Path) -> None:
    put(tmp_path / "a[b]*" / "usql.toml", 'data = ["*.ndjson"]')
    put(tmp_path / "a[b]*" / "x.ndjson", "")
    (pattern,) = nearest(tmp_path / "a[b]*").data or ()
    assert glob.glob(pattern) == [str(tmp_path / "a[b]*" / "x.ndjson")]


def test_the_nearest_file_counts_alone(tmp_path: Path) -> None:
    put(tmp_path / "usql.toml", 'profile = "offline"\ntimeout = 5')
    inner = put(tmp_path / "a" / "pyproject.toml", "[tool.usql]\ntimeout = 1")
    put(tmp_path / "a" / "b" / "pyproject.toml", '[project]\nname = "usql-things"')
    found = nearest(tmp_path / "a" / "b" / "c" / "not-there")
    assert (found.file, found.timeout, found.profile) == (inner, 1.0, None)
    both = put(tmp_path / "a" / "usql.toml", "")
    assert nearest(tmp_path / "a") == Configuration(file=both)
    assert nearest(tmp_path / "a" / "..").file == tmp_path / "usql.toml"


def test_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "usql.toml").mkdir()
    put(tmp_path / "pyproject.toml", "[tool.other]\nusql = 5")
    found = nearest(tmp_path)
    assert found.file is None or tmp_path not in found.file.parents


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('profil = "offline"', "there is no key 'profil'; profile may be meant; the keys are profile, select, ignore, exclude, data, timeout."),
        ("xyz = 1", "there is no key 'xyz'; the keys are profile, select, ignore, exclude, data, timeout."),
        ('profile = "vendor"', "profile must be 'dynatrace' or 'offline', not 'vendor'."),
        ("profile = 5", "profile must be 'dynatrace' or 'offline', not 5."),
        ("select = [1]", "select must be a list of strings, but 1 is not a string."),
        ('exclude = ""', "exclude must be a list of strings, but '' is not a string."),
        ("timeout = true", "timeout must be a number of seconds of at least 0, not True."),
        ("timeout = -1", "timeout must be a number of seconds of at least 0, not -1."),
        ('data = "s3://bucket/x"', "data names files, not addresses such as 's3://bucket/x'."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["usql.toml", "pyproject.toml"])
def test_what_can_not_be_taken(tmp_path: Path, name: str, text: str, message: str) -> None:
    head = "[tool.usql]\n" if name == "pyproject.toml" else ""
    file = put(tmp_path / name, head + text)
    with pytest.raises(ConfigurationError) as raised:
        nearest(tmp_path)
    assert str(raised.value) == f"{file}: {message}"


def test_what_can_not_be_read(tmp_path: Path) -> None:
    file = put(tmp_path / "usql.toml", "profile = ]")
    with pytest.raises(ConfigurationError, match=r"usql\.toml cannot be read: .*line 1"):
        nearest(tmp_path)
    file.write_bytes(b'profile = "\xff"')
    with pytest.raises(ConfigurationError, match=r"usql\.toml cannot be read: .*utf-8"):
        nearest(tmp_path)
    file.unlink()
    put(tmp_path / "pyproject.toml", "[tool]\nusql = 5")
    with pytest.raises(ConfigurationError, match=r"tool\.usql must be a table"):
        nearest(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "path", "is_out"),
    [
        ("drafts", "drafts/a.usql", True),
        ("drafts", "x/drafts/y/a.usql", True),
        ("drafts/", "x/drafts/a.usql", True),
        ("drafts", "x/drafts.usql", False),
        ("*.tmp.usql", "x/a.tmp.usql", True),
        ("old/*.usql", "old/a.usql", True),
        ("old/*.usql", "old/x/a.usql", True),
        ("old/*.usql", "x/old/a.usql", False),
        ("/drafts", "drafts/a.usql", True),
        ("/drafts", "x/drafts/a.usql", False),
        ("x/y", "x/y/z/a.usql", True),
        ("drafts", "../drafts/a.usql", False),
    ],
)
def test_patterns_of_files_to_leave_out(
    tmp_path: Path, pattern: str, path: str, is_out: bool
) -> None:
    assert excludes((pattern,), tmp_path / "here", tmp_path / "here" / path) == is_out
    configured = Configuration(exclude=(pattern,), file=tmp_path / "here" / "usql.toml")
    assert configured.excludes(tmp_path / "here" / path) == is_out
    assert not Configuration().excludes(tmp_path / "here" / path)
