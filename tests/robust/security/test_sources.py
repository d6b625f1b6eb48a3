"""Nothing in usql evaluates text or starts programs with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import usql

ROOT = Path(usql.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))

EVALUATING = {"eval", "exec", "compile", "__import__", "breakpoint"}
"""Builtins that run text."""

UNSAFE_MODULES = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "subprocess", "pty", "runpy",
    "code", "codeop", "xml", "xmlrpc", "telnetlib", "ftplib", "http", "urllib", "socket", "tarfile", "zipfile",
    "tempfile",
}  # fmt: skip
"""What runs what it reads, starts programs, talks to the network or unpacks archives."""

UNSAFE_ATTRIBUTES = {
    ("os", "system"), ("os", "popen"), ("os", "execv"), ("os", "execve"), ("os", "execvp"), ("os", "spawnv"),
    ("os", "startfile"), ("yaml", "load"), ("yaml", "load_all"), ("yaml", "unsafe_load"), ("yaml", "full_load"),
    ("yaml", "Loader"), ("yaml", "UnsafeLoader"), ("yaml", "FullLoader"), ("np", "load"), ("numpy", "load"),
    ("pa", "deserialize"), ("pd", "eval"), ("pd", "read_pickle"), ("importlib", "import_module"),
    ("pa", "PyExtensionType"), ("ctypes", "string_at"),
}  # fmt: skip


ALLOWED = {
    ("store/forms/dictionaries.py", "socket"),  # reads addresses with ``inet_pton``
    ("store/sources/hive.py", "urllib.parse"),  # reads the percent signs in names of folders
    ("store/loading/tables/delta.py", "urllib.parse"),  # so are those of a table's log
    ("store/sources/remote.py", "urllib.parse"),  # takes apart the URLs that a caller writes,
    ("store/sources/remote.py", "urllib.request"),  # and those of files with ``url2pathname``
    ("editor/embedded/__init__.py", "importlib.import_module"),  # of a language that a table names
    ("cli/reports.py", "urllib.parse"),  # writes names of files as URI references
    ("sessions.py", "pickle"),  # raises its error: nothing is read by it
    ("frozen.py", "exec"),  # makes ``__init__`` of the fields that a class in this package declares
    ("cli/command.py", "importlib.import_module"),  # of a subcommand that a table names
    ("folders.py", "importlib.import_module"),  # of files in a folder of this package
    ("result/writing.py", "importlib.import_module"),  # of a format that a table names
    ("result/charts/choice.py", "importlib.import_module"),  # of a kind of chart that a table names
    ("editor/embedded/trees.py", "importlib.import_module"),  # of a grammar that a table names
    ("store/compute.py", "importlib.import_module"),  # always of the same module
    ("distributed/task.py", "pickle"),  # what a program sends its own workers
    ("spark/executor.py", "pickle"),  # so are parts, in Spark's own messages,
    ("spark/worker.py", "pickle"),  # which are read there; and errors come back
    ("store/sharding/runs.py", "np.load"),  # a file that the same call wrote; no objects are read
    ("cli/paging.py", "subprocess"),  # starts what the user's PAGER says,
    ("cli/subcommands/serve.py", "socket"),  # listens where the options say,
    ("server/serving.py", "socket"),  # on the socket that it is given,
    ("server/serving.py", "http"),  # whose statuses have names there;
    ("server/parameters.py", "urllib.parse"),  # and reads the percent signs in queries of requests;
    ("server/page/asking.py", "urllib.parse"),  # the page shows the URL of such a request,
    ("server/page/downloads.py", "urllib.parse"),  # and headers carry no other letters than ASCII
    ("cli/paging.py", "shell=True"),  # as a command line, as other programs do
}


def unsafe(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in EVALUATING:
                yield name
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name.split(".")[0] in UNSAFE_MODULES)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                root = module.split(".")[0]
                if root in UNSAFE_MODULES:
                    yield module
                yield from (
                    f"{module}.{n.name}" for n in names if (root, n.name) in UNSAFE_ATTRIBUTES
                )
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
                if (owner, attribute) in UNSAFE_ATTRIBUTES:
                    yield f"{owner}.{attribute}"
            case ast.Attribute(
                attr="eval" | "query" as attribute, value=ast.Name(id="frame" | "df")
            ):
                yield attribute
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                yield "shell=True"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_is_evaluated(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = unsafe(ast.parse(path.read_text(encoding="utf-8")))
    assert [what for what in found if (name, what) not in ALLOWED] == []


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')", "exec(text)", "import pickle", "from pickle import loads", "import subprocess as s", "os.system(x)",
        "yaml.load(x)", "from yaml import load", "run(x, shell=True)", "import xml.etree.ElementTree", "f = eval",
        "from os import system", "np.load(p)", "__import__(name)", "import urllib.request",
    ],
)  # fmt: skip
def test_what_would_be_found(text: str) -> None:
    assert list(unsafe(ast.parse(text)))
