"""The tree of exceptions: as its module draws it, complete, light, and true of every ``raise``."""

from __future__ import annotations

import ast
import builtins
import importlib
import pickle
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import usql
from usql import errors
from usql.files.lock import alone

PACKAGE = Path(usql.__file__).parent
ROOTS = {errors.Error, errors.InternalError, errors.ControlFlow, errors.LimitWarning}

PYTHONS = {
    "ValueError", "TypeError", "KeyError", "IndexError", "AttributeError", "OverflowError",
    "OSError", "FileNotFoundError", "EOFError", "ImportError", "ModuleNotFoundError",
    "NotImplementedError",
}  # fmt: skip
"""What wrong calls, the system and Python's own protocols raise. ``NotImplementedError`` is of
methods that a class is to have and has not."""


def all_modules() -> None:
    for module in pkgutil.walk_packages(usql.__path__, "usql."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def below(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


def ours() -> set[type[BaseException]]:
    """Every exception that a module of the package defines, whatever its bases are."""
    all_modules()
    return {kind for kind in below(BaseException) if kind.__module__.split(".")[0] == "usql"}


def home(kind: type[BaseException]) -> str:
    """The module that the class stands in, also where its name is that of the package."""
    (module,) = (
        name
        for name, module in sys.modules.items()
        if name.startswith("usql.")
        and vars(module).get(kind.__name__) is kind
        and f"class {kind.__name__}(" in Path(str(module.__file__)).read_text(encoding="utf-8")
    )
    return module


def drawn() -> dict[str, tuple[str, str, str]]:
    """By the name of a class what the drawing says: its base, the other one, and its module."""
    assert errors.__doc__ is not None
    found: dict[str, tuple[str, str, str]] = {}
    path: list[str] = []
    line = re.compile(r"    ([│├└─ ]*)(\w+)(?: \((\w+)\))?(?: {2,}.*?(?: \[([\w.]+)\])?)?")
    for text in errors.__doc__.split("::\n\n")[1].split("\n\n")[0].splitlines():
        matched = line.fullmatch(text)
        assert matched is not None, text
        lead, name, other, module = matched.groups()
        depth = len(lead) // 3
        del path[depth:]
        path.append(name)
        assert name not in found
        if depth:
            found[name] = (path[-2], other or "", module or "usql.errors")
    return found


def test_the_drawing_is_the_tree() -> None:
    true = {}
    for kind in ours():
        first, *others = (base.__name__ for base in kind.__bases__)
        if kind is errors.LimitWarning:  # drawn with the roots
            first, others = "Exception", [first]
        true[kind.__name__] = (first, "".join(others), home(kind))
    assert drawn() == true


def test_every_exception_has_one_of_the_roots() -> None:
    for kind in ours():
        assert len([root for root in ROOTS if issubclass(kind, root)]) == 1, kind
    assert {kind.__name__ for kind in ROOTS} == {
        name for name, (base, _, _) in drawn().items() if base == "Exception"
    }


def raised() -> Iterator[tuple[str, str]]:
    """The names of all classes in ``raise`` statements that call one, with their places."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                called = node.exc.func
                if isinstance(called, ast.Name) and called.id[:1].isupper():
                    yield called.id, f"{file.relative_to(PACKAGE)}:{node.lineno}"


def test_what_is_raised_is_of_the_tree_or_pythons_own() -> None:
    names = {kind.__name__ for kind in ours()}
    libraries = {"JsonRpcException", "JsonRpcInvalidParams", "UsageError"}  # pygls, IPython
    found = list(raised())
    assert len(found) > 100
    for name, place in found:
        assert name in names | PYTHONS | libraries, f"{name} at {place}"
    assert all(hasattr(builtins, name) for name in PYTHONS)


def test_what_is_public_of_the_tree_is_one_error() -> None:
    public = {
        value
        for name in usql.__all__
        if isinstance(value := getattr(usql, name), type) and issubclass(value, BaseException)
    }
    assert public == {usql.Error, usql.UsqlError, usql.DataError, usql.LimitWarning}
    with pytest.raises(usql.Error, match="unknown-field"):
        usql.sample(1).query("SELECT cty FROM usersession")
    with pytest.raises(usql.Error, match="expected a list"):
        usql.open([{"city": "Linz", "userActions": "["}])


def test_errors_of_python_stay_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who catches the system's errors catches ours of the same kind, and reads number and file."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(usql.Error) as taken:
        usql.sample(1).save(tmp_path)
    assert isinstance(taken.value, FileExistsError)
    assert taken.value.filename == str(tmp_path)
    monkeypatch.setattr("usql.files.lock.WAIT", 0.0)
    with (
        alone(tmp_path / "s", "writing"),
        pytest.raises(usql.Error) as busy,
        alone(tmp_path / "s", "reading"),
    ):
        pytest.fail("two at a time")
    assert isinstance(busy.value, TimeoutError)
    assert "has been writing there" in str(busy.value)


def test_faults_of_the_program_are_no_errors_of_callers() -> None:
    from usql.language.functions import function

    with pytest.raises(errors.InternalError) as fault:
        function("MODE")
    assert not isinstance(fault.value, usql.Error)


@pytest.mark.parametrize(
    "error",
    [errors.TimeLimit("late"), errors.DataError("bad", source="f", line=2, path="a"),
     errors.PlaceTaken(17, "taken", "place"), errors.DateFormatError("means nothing", "q")],
)  # fmt: skip
def test_errors_go_to_other_processes(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_importing_the_tree_is_light() -> None:
    code = (
        "import sys; before = {*sys.modules}; import usql.errors; heavy = "
        "{'numpy', 'pyarrow', 'rich', 'click', 'lark', 'pygls', 'prompt_toolkit', 'IPython'};"
        "print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    at_import = {
        node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module
    } | {a.name for node in tree.body if isinstance(node, ast.Import) for a in node.names}
    assert at_import == {"__future__", "functools", "typing"}
