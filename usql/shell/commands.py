"""The shell's own commands: a dot, a name, and what they need to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from usql.analysis.profile import PROFILES
from usql.analysis.profile import profile as profile_named
from usql.catalog.describe import describe, type_name
from usql.catalog.names import near
from usql.encoding import NotTextError, encoding_of
from usql.formats import BINARY, FORMATS, form_of
from usql.frozen import dataclass
from usql.harmless import harmless
from usql.language.lexer import without_semicolon
from usql.result.chart import chart
from usql.shell.shell import CommandError, Output, Shell
from usql.shell.statements import COMMAND

if TYPE_CHECKING:
    from rich.table import Table

FORMS = ("table", *FORMATS)
"""How results may be written."""


KEYS = (
    ("Enter", "Run a query that is complete, begin a new line in one that is not."),
    ("Alt-Enter", "Begin a new line."),
    ("Tab", "Complete; in the menu choose what is marked, or the first."),
    ("F1", "Explain the word at the cursor."),
    ("F2 F3 F4", "Correct the problem that is told below the query."),
    ("F6", "Lay the query out."),
    ("Ctrl-R", "Search the history."),
    ("Ctrl-C Ctrl-D", "Drop the query; leave."),
)
"""What the editor's keys do."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name without the dot, what follows it, what it does.

    ``takes`` says what the argument is: the editor helps with queries, tables, files and words.
    """

    name: str
    argument: str
    summary: str
    run: Callable[[Shell, str], None]
    takes: str = ""
    words: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The command as one types it."""
        return f"{COMMAND}{self.name} {self.argument}".rstrip()


def split_command(text: str) -> tuple[str, int]:
    """The name of a command's line, lower case, without the dot, and the offset where its argument
    begins.

    >>> split_command("  .fields useraction")
    ('fields', 10)
    """
    start = text.index(COMMAND) + 1
    name = text[start:].split(None, 1)[0] if text[start:].strip() else ""
    end = text.index(name, start) + len(name)
    while end < len(text) and text[end].isspace():
        end += 1
    return name.lower(), end


def find_command(name: str) -> Command | None:
    """The command of this name; a shorter name will do if only one begins so."""
    found = [c for c in COMMANDS if c.name == name] or [
        c for c in COMMANDS if name and c.name.startswith(name)
    ]
    return found[0] if len(found) == 1 else None


def run_command(shell: Shell, text: str) -> None:
    """Do what a command's line says. ``CommandError`` if there is no such command, or it can not."""
    name, start = split_command(text)
    command = find_command(name)
    if command is None:
        names = [c.name for c in COMMANDS]
        begun = [n for n in names if name and n.startswith(name)]
        likely = [f"{COMMAND}{n}" for n in begun or near(name, names)]
        hint = f"did you mean {' or '.join(likely)}?" if likely else ".help lists them."
        raise CommandError(f"There is no command {COMMAND}{name}; {hint}")
    argument = text[start:].strip()
    if argument and not command.argument:
        raise CommandError(f"{command.usage} takes nothing.")
    command.run(shell, argument)


# --- the commands ---------------------------------------------------------------------------------


def _chart(shell: Shell, argument: str) -> None:
    result = shell.ask(without_semicolon(argument)) if argument else shell.result
    if result is None:
        raise CommandError("There is no result yet; write a query behind .chart.")
    shell.print(chart(result, shell.console.width))


def _explain(shell: Shell, argument: str) -> None:
    query = without_semicolon(argument) or shell.last_query
    if query is None:
        raise CommandError("There is no query yet; write one behind .explain.")
    plan = shell.sessions.explain(
        query, profile=profile_named(shell.profile).name, analyze=shell.timing, **shell.options
    )
    shell.tell(f"{plan}\n")


def _fields(shell: Shell, argument: str) -> None:
    catalog = shell.sessions.catalog
    tables = list(catalog)
    if argument:
        table = catalog.get(argument)
        if table is None:
            names = [t.name for t in tables]
            hint = " or ".join(near(argument, names) or names)
            raise CommandError(f"There is no table {argument}; did you mean {hint}?")
        tables = [table]
    rows = [
        (f"{table.name}." * (len(tables) > 1) + field.name, type_name(field), describe(field))
        for table in tables
        for field in table.fields
    ]
    shell.print(_grid(("field", "type", "meaning"), rows))


def _format(shell: Shell, argument: str) -> None:
    if argument and argument not in FORMS:
        raise CommandError(f"There is no format {argument}; the formats are {', '.join(FORMS)}.")
    if argument in BINARY and shell.output is None:
        raise CommandError(f"{argument} is no text; name a file with .output first.")
    if argument:
        shell.form = argument
        if shell.output is not None:
            shell.output.form = argument
    shell.say(f"format {shell.form}")


def _help(shell: Shell, _: str) -> None:
    shell.print(_grid(("command", "does"), [(c.usage, c.summary) for c in COMMANDS]))
    shell.print(_grid(("key", "does"), KEYS))


def _output(shell: Shell, argument: str) -> None:
    shell.close()
    if not argument:
        if shell.form in BINARY:
            shell.form = "table"
        shell.say("results go to the screen")
        return
    path = Path(argument).expanduser()
    form = form_of(argument) or shell.form
    shell.output = Output(path, path.open("wb", buffering=0), form)
    shell.say(f"results go to {path} as {form}")


def _profile(shell: Shell, argument: str) -> None:
    if argument:
        shell.profile = profile_named(argument).name
    shell.say(f"profile {shell.profile}")


def _quit(shell: Shell, _: str) -> None:
    shell.is_done = True


def _read(shell: Shell, argument: str) -> None:
    if not argument:
        raise CommandError("Name the file to read.")
    path = Path(argument).expanduser()
    if path.resolve() in shell.reading:
        raise CommandError(f"{path} is being read already.")
    data = path.read_bytes()
    try:
        text = encoding_of(data).decode(data)
    except NotTextError as error:
        raise CommandError(f"{path} cannot be read: {error}; save it as UTF-8") from None
    shell.reading.add(path.resolve())
    try:
        shell.run_script(text)
    finally:
        shell.reading.remove(path.resolve())


def _tables(shell: Shell, _: str) -> None:
    def count(table: str) -> str:
        return str(shell.sessions.query(f"SELECT COUNT(*) FROM {table}").rows()[0][0])

    rows = [(t.name, count(t.name), t.description) for t in shell.sessions.catalog]
    shell.print(_grid(("table", "rows", "what a row is"), rows))


def _timing(shell: Shell, argument: str) -> None:
    if argument not in ("", "on", "off"):
        raise CommandError("Timing is on or off.")
    shell.timing = argument == "on" if argument else not shell.timing
    shell.say(f"timing {'on' if shell.timing else 'off'}")


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    *names, meaning = heads
    for name in names:
        grid.add_column(name, no_wrap=True, justify="right" if name == "rows" else "left")
    grid.add_column(meaning)
    for row in rows:
        grid.add_row(*(Text(harmless(text)) for text in row))  # brackets are no markup
    return grid


COMMANDS: tuple[Command, ...] = (
    Command("chart", "[QUERY]", "Draw the last result, or that of QUERY.", _chart, "query"),
    Command(
        "explain",
        "[QUERY]",
        "Show the plan of the last query, or of QUERY; with timing on also what it did.",
        _explain,
        "query",
    ),
    Command("fields", "[TABLE]", "List the fields of TABLE, or of all tables.", _fields, "table"),
    Command(
        "format",
        "[FORM]",
        f"How to write results: {', '.join(FORMS)}.",
        _format,
        "word",
        FORMS,
    ),
    Command("help", "", "List the commands and the keys.", _help),
    Command(
        "output",
        "[FILE]",
        "Write results to FILE, by its suffix; without one, to the screen again.",
        _output,
        "file",
    ),
    Command(
        "profile",
        "[NAME]",
        "Judge and run as dynatrace, or as offline without the vendor's limits.",
        _profile,
        "word",
        tuple(PROFILES),
    ),
    Command("quit", "", "Leave.", _quit),
    Command(
        "read", "FILE", "Do what a file says: queries that end in ;, and commands.", _read, "file"
    ),
    Command("tables", "", "List the tables and how many rows they have.", _tables),
    Command("timing", "[on|off]", "Tell how long queries take.", _timing, "word", ("on", "off")),
)
"""All commands by name."""
