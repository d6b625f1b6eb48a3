"""``python docs/picture.py``: draws ``usql.svg`` from what the command really shows."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

FILE = Path(__file__).with_name("usql.svg")
COLUMNS = 100
ASK = "usql query"
COMMANDS = (
    "SELECT country, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY country LIMIT 4",
    'SELECT cty FROM usersession WHERE country == "Spain"',
)
FORM = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own form fetches a font."""


def screen() -> str:
    """What a terminal shows of the commands, with its escape codes."""
    shown = []
    for query in COMMANDS:
        shown.append(f"\x1b[1m$ {ASK} '{query}' --sample\x1b[0m\n{_shown(query)}")
    return "\n".join(shown).rstrip("\n")


def _shown(query: str) -> str:
    command = [*shlex.split(ASK), query, "--sample", "--no-pager"]
    environment = os.environ | {"TERM": "xterm-256color", "NO_COLOR": ""}
    child = pexpect.spawn(
        sys.executable, ["-m", *command], env=environment, dimensions=(60, COLUMNS), timeout=60,
        encoding="utf-8",
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before).replace("\r\n", "\n")


def picture() -> str:
    """The SVG."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(file=nowhere, record=True, width=COLUMNS, force_terminal=True)
        console.print(Text.from_ansi(screen()), soft_wrap=False)
        return console.export_svg(title="usql", code_format=FORM, unique_id="usql")


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
