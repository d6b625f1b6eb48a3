"""``usql serve`` in a process of its own, at a free port."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT
from tests.unit.server.asking import TOKEN

PATIENCE = 60.0


@dataclass
class Running:
    """A server: where it is, what it printed, and the file of its log."""

    process: subprocess.Popen[str]
    url: str
    printed: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(
    folder: Path, *arguments: str, token: str | None = TOKEN, before: str = ""
) -> Iterator[Running]:
    """A server that has this token, or makes one; its log is written to the folder. The Python code
    ``before`` runs in its process before the command."""
    environment = {k: v for k, v in os.environ.items() if k != "USQL_TOKEN"}
    if token is not None:
        environment["USQL_TOKEN"] = token
    log = folder / "log"
    program = f"{before}\nimport sys\nfrom usql.cli import main\nsys.argv[0] = 'usql'\nmain()"
    command = [sys.executable, "-c", program, "serve", "--port", "0", *arguments]
    with log.open("w") as errors, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=folder
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(2 if token else 3)]
            printed = "".join(lines)
            assert printed.startswith("Serving at "), log.read_text()
            url = printed.split()[2].removesuffix("/api/v1;")
            yield Running(process, url, printed, log)
        finally:
            process.kill()


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine and its key, made by the command that docs/SERVER.md gives."""
    page = (ROOT / "docs" / "SERVER.md").read_text(encoding="utf-8")
    begin = page.index("openssl req")
    command = page[begin : page.index("\nusql", begin)].replace("\\\n", " ")
    subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"
