"""Runs mutants in forks of a pytest that has collected its tests."""

from __future__ import annotations

import faulthandler
import gc
import importlib
import itertools
import json
import os
import pickle
import resource
import signal
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import coverage
import pytest

from tests.places import ROOT
from tests.tools.mutation.changes import Mutant, Place, mutants_of
from usql.catalog import default_catalog
from usql.language.parser import parse

_MEMORY = 8 << 30
"""Bytes that a mutant may take."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: ``killed``, ``timed out``, ``survived``, or ``unreached`` if no test
    comes to the statement."""

    file: str
    function: str
    line: int
    outcome: str
    test: str
    seconds: float
    diff: str


@dataclass(eq=False)
class _Test:
    """A test that passes: how long it takes, and the lines of each file that it reaches."""

    item: pytest.Item
    seconds: float
    reached: dict[str, set[int]]


class Driver:
    """The plugin that runs mutants in the place of tests.

    ``tests``: the paths of the tests, in the order in which they run. ``seconds``: of tests per
    mutant, at most. ``every``: one mutant of so many. ``left``: functions and differences, to run
    those alone.
    """

    def __init__(
        self,
        files: list[Path],
        tests: list[str],
        out: TextIO,
        jobs: int = 1,
        seconds: float = 1e9,
        every: int = 1,
        left: Container[tuple[str, str]] | None = None,
    ) -> None:
        self.files = files
        self.tests = [ROOT / test for test in tests]
        self.out = out
        self.jobs = jobs
        self.seconds = seconds
        self.every = every
        self.left = left
        self._measured: list[_Test] = []
        self._killers: dict[Place, list[_Test]] = defaultdict(list)
        self._running: dict[int, tuple[int, Mutant, list[_Test]]] = {}
        self._counts: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Collected once, run in forks only: the process itself never has a thread or a cache."""
        for file in self.files:
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        parse("SELECT")  # the tables of the grammar are made once
        default_catalog()
        functions = _functions()
        gc.collect()
        gc.freeze()
        measured = _in_fork(lambda: _measure(session.items, self.files))
        self._measured = [_Test(session.items[n], spent, lines) for n, spent, lines in measured]
        print(f"\n{len(self._measured)} tests", flush=True)
        for file in self.files:
            self._judge(file, functions)
        return True

    def _judge(self, file: Path, functions: dict[Place, list[FunctionType]]) -> None:
        self._counts.clear()
        for mutant in mutants_of(file)[:: self.every]:
            if self.left is not None and (mutant.place[1], mutant.diff()) not in self.left:
                continue
            tests = self._covering(mutant)
            if not tests:
                self._tell(mutant, "unreached", "", 0.0)
                continue
            if len(self._running) >= self.jobs:
                self._finish()
            receive, send = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(receive)
                _child(mutant, functions[mutant.place], tests, send)
            os.close(send)
            self._running[pid] = receive, mutant, tests
        while self._running:
            self._finish()
        told = ", ".join(f"{number} {name}" for name, number in sorted(self._counts.items()))
        print(f"{file.relative_to(ROOT)}: {told}", flush=True)

    def _finish(self) -> None:
        """Wait for a mutant's end and tell of it."""
        pid, status, used = os.wait3(0)
        pipe, mutant, tests = self._running.pop(pid)
        with os.fdopen(pipe, "rb") as end:
            data = end.read()
        outcome, number = pickle.loads(data) if data else ("killed", -1)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGPROF):
            outcome = "timed out"
        test = ""
        if number >= 0:
            test = tests[number].item.nodeid
            killers = self._killers[mutant.place]
            killers[:] = [tests[number], *(t for t in killers if t is not tests[number])][:3]
        self._tell(mutant, outcome, test, used.ru_utime + used.ru_stime)

    def _tell(self, mutant: Mutant, outcome: str, test: str, seconds: float) -> None:
        if outcome == "same":
            return
        self._counts[outcome] += 1
        file = str(mutant.file.relative_to(ROOT))
        diff = "" if outcome == "killed" else mutant.diff()
        verdict = Verdict(file, mutant.place[1], mutant.line, outcome, test, seconds, diff)
        print(json.dumps(asdict(verdict)), file=self.out, flush=True)

    def _covering(self, mutant: Mutant) -> list[_Test]:
        """The tests that reach the mutant: those that found others of its function, then the rest
        in the order of their files, which share what they need, quick ones first."""
        name = str(mutant.file)
        found = [t for t in self._measured if mutant.lines & t.reached.get(name, set())]
        first = [t for t in self._killers[mutant.place] if t in found]
        rest = sorted((t for t in found if t not in first), key=self._rank)
        times = itertools.accumulate(test.seconds for test in rest)
        return first + [t for t, spent in zip(rest, times, strict=True) if spent <= self.seconds]

    def _rank(self, test: _Test) -> tuple[int, Path, float]:
        path = test.item.path
        place = next(n for n, given in enumerate(self.tests) if path.is_relative_to(given))
        return place, path, test.seconds


def _functions() -> dict[Place, list[FunctionType]]:
    """All functions of the program, decorated ones too, by their places."""
    found: dict[Place, list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            code = thing.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return found


def _in_fork(work: Callable[[], Any]) -> Any:
    receive, send = os.pipe()
    if os.fork() == 0:
        os.close(receive)
        _quiet()
        with os.fdopen(send, "wb") as end:
            pickle.dump(work(), end)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as end:
        made = pickle.load(end)
    os.wait()
    return made


def _measure(
    items: list[pytest.Item], files: list[Path]
) -> list[tuple[int, float, dict[str, set[int]]]]:
    """Per test that passes its number, its seconds and the lines that it reaches."""
    seconds: dict[int, float] = {}
    lines = coverage.Coverage(None, include=[str(file) for file in files], config_file=False)
    lines.start()
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else None
        lines.switch_context(str(number))
        began = time.process_time()
        if _passes(item, following):
            seconds[number] = time.process_time() - began
    lines.stop()
    reached: dict[int, dict[str, set[int]]] = {n: defaultdict(set) for n in seconds}
    for file in files:
        for line, contexts in lines.get_data().contexts_by_lineno(str(file)).items():
            for number in {int(context) for context in contexts if context} & seconds.keys():
                reached[number][str(file)].add(line)
    return [(number, spent, dict(reached[number])) for number, spent in seconds.items()]


def _child(mutant: Mutant, functions: list[FunctionType], tests: list[_Test], send: int) -> None:
    """The life of a mutant."""
    _quiet()
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        fate = _fate(mutant, functions, tests)
    except BaseException as error:
        fate = f"broken: {error!r}", -1
    with os.fdopen(send, "wb") as end:
        pickle.dump(fate, end)
    os._exit(0)


def _fate(mutant: Mutant, functions: list[FunctionType], tests: list[_Test]) -> tuple[str, int]:
    code = _code(compile(mutant.source(), str(mutant.file), "exec"), mutant.place)
    if code == functions[0].__code__:
        return "same", -1
    for function in functions:
        function.__code__ = code
    for number, test in enumerate(tests):
        signal.setitimer(signal.ITIMER_PROF, 3 + 10 * test.seconds)  # seconds of work, and
        signal.setitimer(signal.ITIMER_REAL, 60 + 10 * test.seconds)  # of waiting
        following = tests[number + 1].item if number + 1 < len(tests) else None
        if not _passes(test.item, following):
            return "killed", number
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return "survived", -1


def _code(module: CodeType, place: Place) -> CodeType:
    """The code of a function inside a compiled file."""

    def within(code: CodeType) -> Iterator[CodeType]:
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield constant
                yield from within(constant)

    return next(c for c in within(module) if (c.co_qualname, c.co_firstlineno) == place[1:])


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run a test as pytest does, without the report, which takes longer than most tests."""
    state = item.session._setupstate
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            item._initrequest()  # type: ignore[attr-defined]  # of tests that are functions
            state.setup(item)
            item.runtest()
            state.teardown_exact(following)
    except pytest.skip.Exception:
        state.teardown_exact(following)
    except BaseException:
        return False
    return True


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for end in (0, 1, 2):
        os.dup2(nowhere, end)
