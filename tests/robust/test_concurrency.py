"""Many threads, interrupts and forks over one loaded data set."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pytest

import usql
from tests.compare import equal
from tests.places import ROOT
from tests.sampling import IS_LONG
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.made import mixed
from tests.unit.engine.test_pieces import answer

pytestmark = pytest.mark.usefixtures("checked")

SECONDS = 20 if IS_LONG else 8


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    data = usql.open(mixed(150, 6), threads=1, index_memory=0)
    return [answer(data, text, number) for number, text in enumerate(QUERIES)]


def ask_at_once(
    data: usql.Sessions, expected: list[Any], threads: int, until: float | None
) -> tuple[int, set[str]]:
    """Every thread asks all queries in an order of its own, again and again until a time if one is
    given. How many answers there were, and the queries with a wrong one."""
    answers: list[bool] = []
    wrong: set[str] = set()

    def ask(seed: int) -> None:
        order = list(enumerate(QUERIES))
        random.Random(seed).shuffle(order)
        while True:
            for number, text in order:
                if until is not None and time.monotonic() > until:
                    return
                right = equal(answer(data, text, number), expected[number])
                answers.append(right)
                if not right:
                    wrong.add(text)
            if until is None:
                return

    running = [threading.Thread(target=ask, args=(seed,)) for seed in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(answers), wrong


@pytest.mark.parametrize("index_memory", [0, 4000, None])
def test_threads_share_sessions(index_memory: int | None, expected: list[Any]) -> None:
    """Without indexes, with some that come and go, and with all."""
    data = usql.open(mixed(150, 6), threads=2, index_memory=index_memory)
    data = small.tuned(
        data, {**small.in_pieces(300), **small.INDEXED, **small.SELECTED, **small.ZONES}
    )
    count, wrong = ask_at_once(data, expected, 3, None)
    assert count == 3 * len(QUERIES)
    assert not wrong


@pytest.mark.long
@pytest.mark.parametrize("index_memory", [0, 4000, None])
def test_many_threads_share_sessions(index_memory: int | None, expected: list[Any]) -> None:
    data = usql.open(mixed(150, 6), threads=3, index_memory=index_memory)
    data = small.tuned(
        data, {**small.in_pieces(300), **small.INDEXED, **small.SELECTED, **small.FORGETFUL}
    )
    count, wrong = ask_at_once(data, expected, 16, time.monotonic() + SECONDS)
    assert count > len(QUERIES)
    assert not wrong


def script(body: str) -> list[str]:
    """A program that opens some sessions and reads them morsel by morsel of one row."""
    return [
        sys.executable, "-c",
        textwrap.dedent("""\
            import sys
            import usql
            from tests.unit.engine.pieces import in_pieces, opened
            rows = [{"city": str(i % 9), "userActions": [{"name": "a", "duration": i}]} for i in range(3000)]
            sessions = opened(rows, in_pieces(1), threads=3, index_memory=0)
            query = "SELECT city, COUNT(*), AVG(useraction.duration) FROM usersession GROUP BY city"
            """) + textwrap.dedent(body),
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interrupt_ends_a_query_and_the_sessions_answer_on() -> None:
    body = """
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        expected = sessions.query(query).rows()
        try:
            print("ready", flush=True)
            while True:
                sessions.query(query)
        except KeyboardInterrupt:
            print(sessions.query(query).rows() == expected, flush=True)
            raise
        """
    with subprocess.Popen(
        script(body), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out == "True\n"
    assert "KeyboardInterrupt" in err
    assert process.returncode in (-signal.SIGINT, 130, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_asks_on() -> None:
    body = """
        import os
        expected = sessions.query(query).rows()
        child = os.fork()
        if child == 0:
            os._exit(0 if sessions.query(query).rows() == expected else 3)
        _, status = os.waitpid(child, 0)
        assert sessions.query(query).rows() == expected
        print(os.waitstatus_to_exitcode(status))
        """
    done = subprocess.run(
        script(body), capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.stdout == "0\n", done.stderr
