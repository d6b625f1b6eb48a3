"""``usql check`` as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.test_cli import usql
from usql.language.rules import RULES

TWO = 'SELECT city FROM usersession WHERE city == "a" OR city = "b"\n'
MENDED = 'SELECT city FROM usersession WHERE city IN ("a", "b")\n'
TILE = '{"tiles": [{"tileType": "DTAQL", "query": "SELECT cty FROM usersession LIMIT 5"}]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.usql").write_text(TWO)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "d.json").write_text(TILE)
    (tmp_path / "inner" / "t.tf").write_text('q = "SELECT city FROM usersesion"\n')
    (tmp_path / "b.yaml").write_text("q: SELECT city FROM usersession LIMIT 9000\n")
    (tmp_path / "bad.yaml").write_text("a: b\n- {{ c }}\n")
    (tmp_path / "other.txt").write_text("SELECT")
    for hidden in (".git", "node_modules"):
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "x.usql").write_text("SELECT")
    return tmp_path


def found(*arguments: str, given: str) -> Any:
    done = usql("check", "--format", "json", *arguments, given=given)
    return json.loads(done.stdout)


def test_a_folder(folder: Path) -> None:
    done = usql("check", str(folder))
    assert done.returncode == 1
    assert [line.split(" --> ")[1] for line in done.stdout.splitlines() if " --> " in line] == [
        f"{folder}/a.usql:1:41",
        f"{folder}/b.yaml:1:39",
        f"{folder}/inner/d.json:1:51",
        f"{folder}/inner/t.tf:1:23",
    ]
    assert done.stdout.splitlines()[-2:] == [
        "--fix corrects 1 of these",
        "4 files checked: 4 errors",
    ]
    assert done.stderr == f"{folder}/bad.yaml cannot be read: this is not YAML in line 2\n"


def test_a_file_that_can_not_be_read_is_a_failure_if_it_was_named(folder: Path) -> None:
    assert usql("check", str(folder / "bad.yaml")).returncode == 1
    for name in ("a.usql", "b.yaml", "inner/d.json", "inner/t.tf"):
        (folder / name).unlink()
    assert usql("check", str(folder)).returncode == 0


def test_json() -> None:
    (first,) = found("-", given="SELECT city\nFROM usersession LIMIT 9000")
    assert first == {
        "file": "stdin",
        "code": "USQL501",
        "name": "limit-too-large",
        "severity": "error",
        "message": "LIMIT is at most 5000 in the dynatrace profile.",
        "start": {"line": 2, "column": 24, "offset": 35},
        "end": {"line": 2, "column": 28, "offset": 39},
        "fixes": [
            {
                "title": "write 5000",
                "edits": [
                    {
                        "start": {"line": 2, "column": 24, "offset": 35},
                        "end": {"line": 2, "column": 28, "offset": 39},
                        "text": "5000",
                    }
                ],
            }
        ],
    }
    assert found("-", given="SELECT city FROM usersession") == []


def test_sarif(folder: Path) -> None:
    done = usql("check", "--format", "sarif", "a.usql", "b.yaml", cwd=folder)
    assert done.returncode == 1
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(r["id"], r["name"]) for r in rules] == [
        ("USQL104", "double-equals"),
        ("USQL501", "limit-too-large"),
    ]
    assert rules[0]["shortDescription"]["text"] == RULES["double-equals"].summary
    assert [r["helpUri"] for r in rules] == [RULES[r["name"]].page for r in rules]
    result = run["results"][1]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("USQL501", 1, "error")
    region = {"startLine": 1, "startColumn": 39, "endLine": 1, "endColumn": 43}
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "b.yaml"},
        "region": region,
    }
    change = result["fixes"][0]["artifactChanges"][0]
    assert change["replacements"] == [
        {"deletedRegion": region, "insertedContent": {"text": "5000"}}
    ]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b.usql", "a%20b.usql"),
        ("50%#1:2?.usql", "50%25%231%3A2%3F.usql"),
        ("é/ü.usql", "%C3%A9/%C3%BC.usql"),
    ],
)
def test_sarif_names_files_by_uri_references(tmp_path: Path, name: str, uri: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(TWO)
    done = usql("check", "--format", "sarif", name, cwd=tmp_path)
    (result,) = json.loads(done.stdout)["runs"][0]["results"][:1]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": uri}


@pytest.mark.long
def test_sarif_passes_the_validator_with_githubs_rules(folder: Path, tmp_path: Path) -> None:
    """Microsoft's validator of SARIF, as npm has it."""
    if shutil.which("npm") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("npm is not installed")
    npm = ["npm", "install", "--no-save", "--silent", "--prefix", "npm"]
    subprocess.run([*npm, "@microsoft/sarif-multitool@5.7.0"], cwd=tmp_path, check=True)
    (folder / "a b#1:c.usql").write_text(TWO)
    log = usql("check", "--format", "sarif", "a b#1:c.usql", "b.yaml", "inner", cwd=folder)
    (tmp_path / "log.sarif").write_text(log.stdout)
    (program,) = tmp_path.glob("npm/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool")
    validate = [
        str(program),
        "validate",
        "log.sarif",
        "--rule-kind",
        "Sarif;Ghas",
        "-o",
        "report.sarif",
    ]
    done = subprocess.run(validate, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Analysis completed successfully" in done.stdout
    (run,) = json.loads((tmp_path / "report.sarif").read_text("utf-8-sig"))["runs"]
    assert [r for r in run["results"] if r.get("level") == "error"] == []


def test_placeholders_are_counted() -> None:
    text = "SELECT ${a}, cty\nFROM usersession WHERE city = '{{b}}' AND country = ${c}"
    shown = usql("check", "-", given=text).stdout.splitlines()
    assert shown[0].startswith("error[USQL202] unknown-field")
    assert shown[-2:] == [
        "information[USQL701] placeholder: 3 placeholders need values to run: stdin:1:8",
        "1 file checked: 1 error, 3 information",
    ]
    one = usql("check", "-", given="SELECT city\nFROM usersession WHERE city = ${b}").stdout
    assert one.splitlines() == [
        "information[USQL701] placeholder: a placeholder needs a value to run: stdin:2:31",
        "1 file checked: 1 information",
    ]
    assert len(found("-", given=text)) == 4


def test_github() -> None:
    done = usql(
        "check",
        "--format",
        "github",
        "-",
        given='SELECT city FROM usersession\nWHERE city LIKE "100%%,"',
    )
    assert done.stdout == ""
    done = usql(
        "check",
        "--format",
        "github",
        "-",
        given='SELECT city FROM usersession\nWHERE city = 5 OR city LIKE "a"',
    )
    assert done.returncode == 0
    assert done.stdout == (
        "::warning file=stdin,line=2,endLine=2,col=29,endColumn=32,title=USQL610 like-without-wildcard::"
        "The pattern has no wildcard (* %25 ?) and matches this exact text only.\n"
    )


def test_fix_writes_the_file(folder: Path) -> None:
    file = folder / "a.usql"
    file.write_bytes(b"\xef\xbb\xbf" + TWO.replace(" WHERE", "\r\n WHERE").encode())
    done = usql("check", "--fix", str(file))
    assert (done.returncode, done.stdout) == (
        0,
        "2 corrections applied\n1 file checked: no problems\n",
    )
    assert file.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace(" WHERE", "\r\n WHERE").encode()
    before = os.stat(file).st_mtime_ns
    assert usql("check", "--fix", str(file)).stdout == "1 file checked: no problems\n"
    assert os.stat(file).st_mtime_ns == before


def test_unsafe_fixes_are_asked_for(folder: Path) -> None:
    file = folder / "inner" / "d.json"
    assert usql("check", "--fix", str(file)).returncode == 1
    assert file.read_text() == TILE
    assert usql("check", "--fix", "--unsafe-fixes", str(file)).returncode == 0
    assert file.read_text() == TILE.replace("cty", "city")
    assert usql("check", "--unsafe-fixes", str(file)).returncode == 2


def test_fix_of_standard_input_goes_to_standard_output() -> None:
    done = usql("check", "--fix", "-", given=TWO.replace("city FROM", "cty FROM"))
    assert done.returncode == 1
    assert done.stdout == MENDED.replace("city FROM", "cty FROM")
    assert "unknown-field" in done.stderr


def test_fix_leaves_other_encodings_alone(tmp_path: Path) -> None:
    file = tmp_path / "latin.usql"
    file.write_bytes(TWO.replace('"a"', '"ä"').encode("latin-1"))
    done = usql("check", "--fix", str(file))
    assert done.returncode == 2
    assert "is not UTF-8" in done.stderr
    assert file.read_bytes() == TWO.replace('"a"', '"ä"').encode("latin-1")


def test_a_file_of_a_folder_that_is_no_text_stops_no_other(folder: Path) -> None:
    """Of queries it is an error; others may be anything."""
    before = usql("check", str(folder))
    (folder / "latin.yaml").write_bytes("a: ä\n".encode("latin-1"))
    done = usql("check", str(folder))
    assert (done.stdout, done.returncode) == (before.stdout, before.returncode)
    assert f"{folder / 'latin.yaml'} cannot be read: byte 4, in line 1, is not UTF-8" in done.stderr
    for file in folder.rglob("*"):
        if file.is_file():
            file.unlink()
    (folder / "latin.yaml").write_bytes("a: ä\n".encode("latin-1"))
    assert usql("check", str(folder)).returncode == 0
    (folder / "latin.usql").write_bytes(TWO.replace('"a"', '"ä"').encode("latin-1"))
    assert usql("check", str(folder)).returncode == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_fix_keeps_the_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "q.usql"
    mark = "\ufeff" if encoding.endswith("be") else ""
    file.write_bytes((mark + TWO.replace('"a"', '"ä"')).encode(encoding))
    assert usql("check", "--fix", str(file)).returncode == 0
    assert file.read_bytes() == (mark + MENDED.replace('"a"', '"ä"')).encode(encoding)


def test_a_diff_is_what_fix_would_change(folder: Path) -> None:
    (folder / "a.usql").write_bytes(TWO.rstrip("\n").replace(" WHERE", "\r\n\tWHERE").encode())
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    done = usql("check", "--diff", "a.usql", "b.yaml", "inner", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.encode() == (
        b"--- a.usql\n+++ a.usql\n@@ -1,2 +1,2 @@\n SELECT city FROM usersession\r\n"
        b'-\tWHERE city == "a" OR city = "b"\n\\ No newline at end of file\n'
        b'+\tWHERE city IN ("a", "b")\n\\ No newline at end of file\n'
    )
    assert (
        done.stderr == "4 files checked; 2 corrections would change 1 file; 3 errors would remain\n"
    )
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    subprocess.run(["git", "apply", "-"], cwd=folder, input=done.stdout.encode(), check=True)
    patched = (folder / "a.usql").read_bytes()
    assert patched == MENDED.rstrip("\n").replace(" WHERE", "\r\n\tWHERE").encode()
    done = usql("check", "--diff", "a.usql", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 file checked; nothing would change; no problems would remain\n"


def test_a_diff_of_standard_input_and_of_unsafe_corrections(folder: Path) -> None:
    done = usql("check", "--diff", "-", given="SELECT cty FROM usersession LIMIT 5\n")
    assert (done.returncode, done.stdout) == (1, "")
    done = usql("check", "--diff", "--unsafe-fixes", "-", given="SELECT cty FROM usersession\n")
    assert done.stdout.splitlines()[-2:] == [
        "-SELECT cty FROM usersession",
        "+SELECT city FROM usersession",
    ]
    assert done.returncode == 1


def test_statistics(folder: Path) -> None:
    (folder / "c.usql").write_text(TWO + ";" + TWO.replace("==", "="))
    (folder / "usql.toml").write_text('ignore = ["extension"]')
    done = usql("check", "--statistics", ".", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "2  USQL104  double-equals    error, --fix corrects all",
        "1  USQL202  unknown-field    error",
        "1  USQL203  unknown-table    error",
        "1  USQL501  limit-too-large  error",
        "1  USQL704  use-in           information, --fix corrects all",
        "--fix corrects 3 of these",
        "5 files checked: 5 errors, 1 information",
    ]
    done = usql("check", "--statistics", "--format", "json", "c.usql", cwd=folder)
    assert json.loads(done.stdout) == [
        {"code": "USQL104", "name": "double-equals", "severity": "error", "count": 1, "safely_corrected": 1},
        {"code": "USQL704", "name": "use-in", "severity": "information", "count": 1, "safely_corrected": 1},
    ]  # fmt: skip


def test_exit_zero(folder: Path) -> None:
    done = usql("check", "--exit-zero", "a.usql", "inner", cwd=folder)
    assert (done.returncode, done.stdout.count("error[")) == (0, 3)
    assert usql("check", "--exit-zero", "--diff", "a.usql", cwd=folder).returncode == 0
    assert usql("check", "--exit-zero", "bad.yaml", cwd=folder).returncode == 1
    assert usql("check", "--exit-zero", "none.usql", cwd=folder).returncode == 2


@pytest.mark.parametrize(
    "options",
    ["--fix --diff", "--diff --format json", "--diff --statistics", "--statistics --format github"],
)
def test_options_that_contradict_each_other(options: str) -> None:
    assert usql("check", *options.split(), "-", given=TWO).returncode == 2


def test_rules_are_chosen() -> None:
    text = TWO.replace("==", "=")
    assert [d["name"] for d in found("-", given=text)] == ["use-in"]
    assert found("--ignore", "use-in", "-", given=text) == []
    assert found("--select", "USQL6,like-without-wildcard", "-", given=text) == []
    done = usql("check", "--select", "usein", "-", given=text)
    assert done.returncode == 2
    assert "did you mean use-in" in done.stderr


PROGRAMS = {
    "p.py": 'q = f"""SELECT city FROM usersession WHERE city == "{a}" LIMIT {n}"""\n',
    "p.tsx": "const q = <A q={`SELECT city FROM usersession WHERE city == '${a}'`} />;\n",
    "p.md": "- a\n\n  ```usql\n  SELECT city\n  FROM usersession WHERE city == 'a'\n  ```\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_and_pages_are_mended_in_place(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(PROGRAMS[name])
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / name).write_text(PROGRAMS[name])
    shown = usql("check", str(tmp_path)).stdout
    line = next(n for n, text in enumerate(PROGRAMS[name].splitlines(), 1) if "==" in text)
    column = PROGRAMS[name].splitlines()[line - 1].index("==") + 1
    assert shown.count("double-equals") == 1
    assert f"--> {file}:{line}:{column}\n" in shown
    assert usql("check", "--fix", str(tmp_path)).returncode == 0
    assert file.read_text() == PROGRAMS[name].replace("==", "=")
    assert (tmp_path / "site-packages" / name).read_text() == PROGRAMS[name]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("yaml", "b.yaml"),
        ("tree_sitter_hcl", "inner/t.tf"),
        ("tree_sitter_python", "p.py"),
        ("tree_sitter_typescript", "p.tsx"),
        ("tree_sitter", "p.md"),
    ],
)
def test_what_is_not_installed_is_named(folder: Path, module: str, name: str) -> None:
    if name in PROGRAMS:
        (folder / name).write_text(PROGRAMS[name])
    code = f"import sys; sys.modules[{module!r}] = None; from usql.cli import run; sys.exit(run(['check', {name!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{name} cannot be read: to read " in done.stderr
    assert done.stderr.endswith(", pip install 'usql-engine[embedded]'\n")
