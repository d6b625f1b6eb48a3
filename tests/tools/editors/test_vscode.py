"""The extension for Visual Studio Code: its grammar, in the engine that editors run it with, and
its package."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.places import ROOT
from usql.editor.semantic import TokenKind, tokens
from usql.lsp.settings import Settings

EXTENSION = ROOT / "editors" / "vscode"
QUERIES = [
    line.removeprefix("? ")
    for line in (ROOT / "tests" / "data" / "queries.txt").read_text().splitlines()
    if line and not line.startswith("--")
]


def test_the_grammar_is_what_the_generator_makes() -> None:
    made = runpy.run_path(str(EXTENSION / "grammar.py"))["text"]()
    assert (EXTENSION / "syntaxes" / "usql.tmLanguage.json").read_text(encoding="utf-8") == made


def test_the_versions_are_one() -> None:
    import usql

    assert json.loads((EXTENSION / "package.json").read_text())["version"] == usql.__version__


def test_the_lock_names_no_host() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text())
    assert len(lock["packages"]) > 100
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The extension's folder with the npm packages of its lock file."""
    if shutil.which("npm") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("npm is not installed")
    if not (EXTENSION / "node_modules" / ".package-lock.json").exists():
        subprocess.run(["npm", "ci"], cwd=EXTENSION, check=True, capture_output=True, timeout=600)
    return EXTENSION


def scopes(packages: Path, *texts: str) -> list[list[tuple[str, str]]]:
    """The pieces of each text with their scopes, as vscode-textmate finds them."""
    done = subprocess.run(
        ["node", "test/scopes.mjs"], cwd=packages, input=json.dumps(texts), capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    return [[(piece, scope) for piece, scope in text] for text in json.loads(done.stdout)]


@pytest.mark.long
def test_scopes(packages: Path) -> None:
    text = """SELECT TOP(useraction.name, 5) AS from, count (*), select.order FROM usersession
WHERE stringProperties.a-b != "x""${hole}" AND useraction.longProperties.'my key' IS NOT NULL /* two
lines */ OR a == 'open
AND $NOW >= 1.5 ${piece} -- end"""
    (found,) = scopes(packages, text)
    assert [(piece, scope.removesuffix(".usql")) for piece, scope in found] == [
        ("SELECT", "keyword.other"),
        ("TOP", "support.function"),
        ("(", "source"),
        ("useraction", "entity.name.type.table"),
        (".", "punctuation.accessor"),
        ("name", "variable.other.field"),
        (",", "punctuation.separator"),
        ("5", "constant.numeric"),
        (") ", "source"),
        ("AS", "keyword.other"),
        ("from", "entity.name.label"),
        (",", "punctuation.separator"),
        ("count", "support.function"),
        (" (", "source"),
        ("*", "keyword.operator.arithmetic"),
        (")", "source"),
        (",", "punctuation.separator"),
        ("select", "keyword.other"),
        (".", "punctuation.accessor"),
        ("order", "variable.other.field"),
        ("FROM", "keyword.other"),
        ("usersession", "entity.name.type.table"),
        ("WHERE", "keyword.other"),
        ("stringProperties.a-b", "variable.other.property.custom"),
        ("!=", "keyword.operator.comparison"),
        ('"', "string.quoted.double"),
        ("x", "string.quoted.double"),
        ('""', "constant.character.escape"),
        ("${hole}", "variable.other.placeholder"),
        ('"', "string.quoted.double"),
        ("AND", "keyword.operator.wordlike"),
        ("useraction", "entity.name.type.table"),
        (".", "punctuation.accessor"),
        ("longProperties.'my key'", "variable.other.property.custom"),
        ("IS", "keyword.operator.wordlike"),
        ("NOT", "keyword.operator.wordlike"),
        ("NULL", "constant.language"),
        ("/*", "comment.block"),
        (" two", "comment.block"),
        ("lines ", "comment.block"),
        ("*/", "comment.block"),
        ("OR", "keyword.operator.wordlike"),
        ("a", "variable.other.field"),
        ("==", "invalid.illegal.double-equals"),
        ("'", "string.quoted.single"),
        ("open", "string.quoted.single"),
        ("AND", "keyword.operator.wordlike"),
        ("$NOW", "variable.language"),
        (">=", "keyword.operator.comparison"),
        ("1.5", "constant.numeric"),
        ("${piece}", "variable.other.placeholder"),
        ("-- end", "comment.line.double-dash"),
    ]


KINDS = {
    TokenKind.KEYWORD: r"keyword|constant\.language",
    TokenKind.FUNCTION: r"support\.function",
    TokenKind.TABLE: r"entity\.name\.type\.table",
    TokenKind.FIELD: r"variable\.other",
    # Where an alias is used, no pattern can tell it from a field.
    TokenKind.ALIAS: r"entity\.name\.label|variable\.other\.field|string|keyword",
    TokenKind.VARIABLE: r"variable\.language",
    TokenKind.STRING: r"string",
    TokenKind.NUMBER: r"constant\.numeric",
    TokenKind.OPERATOR: r"keyword\.operator",
    TokenKind.COMMENT: r"comment",
    TokenKind.PLACEHOLDER: r"variable\.other\.placeholder",
}


@pytest.mark.long
def test_the_patterns_agree_with_the_language(packages: Path) -> None:
    """Every word of people's queries has a scope of the kind that the language server gives it."""
    compared = 0
    for text, found in zip(QUERIES, scopes(packages, *QUERIES), strict=True):
        place: dict[int, str] = {}
        at = 0
        for piece, scope in found:
            at = text.index(piece, at)
            place |= dict.fromkeys(range(at, at + len(piece)), scope)
            at += len(piece)
        for token in tokens(text):
            word = text[token.span.start : token.span.end]
            assert re.match(KINDS[token.kind], place[token.span.start]), (text, word)
            compared += 1
    assert compared > 1000


@pytest.mark.long
def test_the_package(packages: Path, tmp_path: Path) -> None:
    target = tmp_path / "usql.vsix"
    subprocess.run(
        ["npm", "run", "package", "--", "--out", str(target)],
        cwd=packages,
        check=True,
        capture_output=True,
        timeout=300,
    )
    with zipfile.ZipFile(target) as package:
        names = {n.removeprefix("extension/") for n in package.namelist()}
        assert names == {
            "[Content_Types].xml", "extension.vsixmanifest", "package.json", "readme.md", "LICENSE.txt",
            "language-configuration.json", "syntaxes/usql.tmLanguage.json", "dist/extension.js",
        }  # fmt: skip
        manifest: dict[str, Any] = json.loads(package.read("extension/package.json"))
        script = package.read("extension/dist/extension.js").decode()
    grammar = manifest["contributes"]["grammars"][0]
    assert grammar["path"].removeprefix("./") in names
    assert manifest["main"].removeprefix("./") in names
    assert "usql-engine[lsp]" in script


def test_the_settings_are_those_of_the_language_server() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text())
    properties = manifest["contributes"]["configuration"]["properties"]
    defaults = {n.removeprefix("usql."): p["default"] for n, p in properties.items()}
    assert defaults.pop("command") == ["usql", "lsp"]
    assert defaults.pop("languages") == []  # what the editor sends to the server
    assert Settings.read(defaults) == (Settings(), [])
    changed = {"profile": "offline", "data": ["a.ndjson"], "select": ["USQL2"], "ignore": []}
    assert changed.keys() == defaults.keys()
    settings, problems = Settings.read({"usql": changed})
    assert not problems
    assert settings.profile == "offline"
    assert settings.data == ("a.ndjson",)
