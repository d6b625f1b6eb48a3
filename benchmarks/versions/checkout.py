"""A process that asks the usql of one checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

WORKER = Path(__file__).with_name("worker.py")


class Checkout:
    """A running process of a checkout, which has loaded the source and ends with the block."""

    def __init__(self, checkout: Path, source: Path, store: Path) -> None:
        """``store`` is where it keeps the source in its own form. ``ValueError`` of a folder without
        usql."""
        if not (checkout / "usql" / "__init__.py").is_file():
            raise ValueError(f"there is no usql in {checkout}")
        environment = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
        command = (sys.executable, "-P", str(WORKER), str(source), str(store))
        self._process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answer()

    def seconds(self, text: str, indexes: bool, calls: int) -> float:
        """The processor time of one of so many calls."""
        return float(self._request(text=text, indexes=indexes, calls=calls)["seconds"])

    def answer(self, text: str, indexes: bool, path: Path) -> pa.Table:
        """The answer, by way of a file that is written there. Afterwards the query is warm."""
        self._request(text=text, indexes=indexes, to=str(path))
        with pa.OSFile(str(path)) as file:
            return pa.ipc.open_file(file).read_all()

    def __enter__(self) -> Checkout:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._process.communicate()

    def _request(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(f"the process ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
