"""The shell's own commands: a dot, a name, and an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from usql.analysis.profile import PROFILES, profile_named
from usql.catalog.describe import describe, type_name
from usql.catalog.names import near
from usql.errors import NotTextError
from usql.escape import escape_controls
from usql.files.encoding import encoding_of
from usql.formats import BINARY, FORMATS, form_of
from usql.frozen import dataclass
from usql.language.lexer import without_semicolon
from usql.result.drawings.chart import chart
from usql.result.texts.cells import counted
from usql.shell import habits, times
from usql.shell.meaning import meaning
from usql.shell.state import CommandError, Output, State
from usql.shell.statements import COMMAND
from usql.words import split_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from usql.catalog import Catalog

FORMS = tuple(FORMATS)
"""The formats in which results may be written."""


KEYS = (
    ("Enter", "Run a query that is complete, begin a new line in one that is not."),
    ("Alt-Enter", "Begin a new line; then, as in pasted lines, ; or an empty line ends the query."),
    ("Tab", "Complete; in the menu choose what is marked, or the first."),
    ("F1", "Explain the word at the cursor."),
    ("F2 F3 F4", "Correct the problem that is reported below the query."),
    ("F6", "Lay the query out."),
    ("Ctrl-R", "Search the history."),
    ("Ctrl-C Ctrl-D", "Drop the query; leave."),
)
"""The keys of the editor and what they do."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name without the dot, its argument, what it does.

    ``takes`` is the kind of argument: the editor helps with queries, tables, files and words.
    """

    name: str
    argument: str
    summary: str
    run: Callable[[State, str], None]
    takes: str = ""
    words: tuple[str, ...] = ()
    alias: str = ""
    """Another name, known from other shells."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the command."""
        return (self.name, self.alias) if self.alias else (self.name,)

    @property
    def usage(self) -> str:
        """The command as one types it."""
        names = ", ".join(f"{COMMAND}{name}" for name in self.names)
        return f"{names} {self.argument}".rstrip()


def split_command(text: str) -> tuple[str, int]:
    """The name in a command's line, in lower case and without the dot, and the offset where its
    argument begins.

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
    """The command with this name; an abbreviation will do if it is unambiguous."""
    matches = [c for c in COMMANDS if name in c.names] or [
        c for c in COMMANDS if name and any(known.startswith(name) for known in c.names)
    ]
    return matches[0] if len(matches) == 1 else None


def run_command(shell: State, text: str) -> None:
    """Run a command's line. ``CommandError`` if there is no such command, or it fails."""
    if not text.startswith(COMMAND):
        foreign = text.split(maxsplit=1)[0]
        instead = habits.hint(foreign) or ".help lists the commands."
        raise CommandError(f"There is no command {foreign} here: {instead}")
    name, start = split_command(text)
    command = find_command(name)
    if command is None:
        advice = habits.hint(name)
        if advice is not None:
            raise CommandError(f"There is no command {COMMAND}{name} here: {advice}")
        names = [known for c in COMMANDS for known in c.names]
        begun = [n for n in names if name and n.startswith(name)]
        likely = [f"{COMMAND}{n}" for n in begun or near(name, names)]
        hint = f"did you mean {' or '.join(likely)}?" if likely else ".help lists them."
        raise CommandError(f"There is no command {COMMAND}{name}; {hint}")
    argument = text[start:].strip()
    if argument and not command.argument:
        raise CommandError(f"{COMMAND}{command.name} takes no arguments.")
    command.run(shell, argument)


# --- the commands ---------------------------------------------------------------------------------


def _chart(shell: State, argument: str) -> None:
    result = shell.ask(without_semicolon(argument)) if argument else shell.result
    if result is None:
        raise CommandError("There is no result yet; write a query after .chart.")
    shell.print(chart(result, shell.console.width))


def _explain(shell: State, argument: str) -> None:
    query = without_semicolon(argument) or shell.last_query
    if query is None:
        raise CommandError("There is no query yet; write one after .explain.")
    plan = shell.sessions.explain(
        query, profile=profile_named(shell.profile).name, analyze=shell.timing, **shell.options
    )
    shell.tell(f"{plan}\n")


def _fields(shell: State, argument: str) -> None:
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


def _format(shell: State, argument: str) -> None:
    if argument and argument not in FORMS:
        raise CommandError(f"There is no format {argument}; the formats are {', '.join(FORMS)}.")
    if argument in BINARY and shell.output is None:
        raise CommandError(f"{argument} is not a text format; name a file with .output first.")
    if argument:
        shell.form = argument
        if shell.output is not None:
            shell.output.form = argument
    shell.say(f"format {shell.form}")


def _help(shell: State, argument: str) -> None:
    if argument:
        shell.print(explained(argument, shell.sessions.catalog))
        return
    from rich.console import Group

    commands = _grid(("command", "does"), [(c.usage, c.summary) for c in COMMANDS])
    shell.print(Group(commands, _grid(("key", "does"), KEYS)))  # one text for the pager


def explained(name: str, catalog: Catalog) -> RenderableType:
    """An explanation of a command, a rule, or a word of the language or the data. ``CommandError``
    for other names."""
    from rich.markdown import Markdown
    from rich.text import Text

    command = find_command(name.removeprefix(COMMAND).lower())
    if command is not None and (name.startswith(COMMAND) or name.lower() in command.names):
        return Text(f"{command.usage}\n  {command.summary}")
    markdown = meaning(name, catalog)
    if markdown is not None:
        return Markdown(escape_controls(markdown, keep="\n"))
    raise CommandError(f"Nothing is called {name}; .help lists the commands, .fields the fields.")


def _now(shell: State, argument: str) -> None:
    if argument:
        times.set_now(shell, argument)
    shell.say(times.now_of(shell))


def _once(shell: State, argument: str) -> None:
    if not argument:
        raise CommandError("Name the file of the next result.")
    path, form = _file(shell, argument)
    if path.is_dir() or not path.parent.is_dir():
        raise CommandError(f"{path} cannot be a file: {_why_not(path)}.")
    shell.once = path, form
    shell.say(f"the next result goes to {path} as {form}")


def _why_not(path: Path) -> str:
    return "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"


def _open(shell: State, argument: str) -> None:
    names = split_words(argument)
    if not names:
        raise CommandError("Name the data: files, folders, patterns.")
    if "-" in names:
        raise CommandError("Standard input has the queries; name the data.")
    shell.open([str(Path(name).expanduser()) for name in names])
    shell.say(f"{counted(len(shell.sessions), 'session')}")


def _output(shell: State, argument: str) -> None:
    shell.close()
    if not argument:
        if shell.form in BINARY:
            shell.form = "table"
        shell.say("results go to the screen")
        return
    path, form = _file(shell, argument)
    shell.output = Output(path, path.open("wb", buffering=0), form)
    shell.say(f"results go to {path} as {form}")


def _file(shell: State, name: str) -> tuple[Path, str]:
    """A file for results, and its format: by the file's suffix, or else the one that is set."""
    return Path(name).expanduser(), form_of(name) or shell.form


def _profile(shell: State, argument: str) -> None:
    if argument:
        shell.profile = profile_named(argument).name
    shell.say(f"profile {shell.profile}")


def _quit(shell: State, _: str) -> None:
    shell.is_done = True


def _read(shell: State, argument: str) -> None:
    if not argument:
        raise CommandError("Name the file to read.")
    path = Path(argument).expanduser()
    if path.resolve() in shell.reading:
        raise CommandError(f"{path} is already being read.")
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


def _tables(shell: State, _: str) -> None:
    def count(table: str) -> str:
        return str(shell.sessions.query(f"SELECT COUNT(*) FROM {table}").rows()[0][0])

    rows = [(t.name, count(t.name), t.description) for t in shell.sessions.catalog]
    shell.print(_grid(("table", "rows", "what a row is"), rows))


def _timeframe(shell: State, argument: str) -> None:
    if argument:
        times.set_timeframe(shell, split_words(argument))
    shell.say(times.timeframe_of(shell))


def _timing(shell: State, argument: str) -> None:
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
        grid.add_row(*(Text(escape_controls(text)) for text in row))  # brackets are not markup
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
    Command(
        "fields",
        "[TABLE]",
        "List the fields of TABLE, or of all tables.",
        _fields,
        "table",
        alias="schema",
    ),
    Command(
        "format",
        "[FORM]",
        f"How to write results: {', '.join(FORMS)}.",
        _format,
        "word",
        FORMS,
    ),
    Command("help", "[NAME]", "List the commands and the keys; explain a word.", _help, "name"),
    Command(
        "now",
        "[TIME]",
        "What $NOW is: a time such as data-end; clock for the current time.",
        _now,
        "word",
        ("clock", "data-end"),
    ),
    Command("once", "FILE", "Write the next result to FILE, by its suffix.", _once, "file"),
    Command("open", "DATA...", "Load other sessions: files, folders, patterns.", _open, "file"),
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
        "Check and run as dynatrace, or as offline without the vendor's limits.",
        _profile,
        "word",
        tuple(PROFILES),
    ),
    Command("quit", "", "Leave.", _quit, alias="exit"),
    Command(
        "read",
        "FILE",
        "Run a file of commands and queries; a query ends with ; or an empty line.",
        _read,
        "file",
    ),
    Command("tables", "", "List the tables and how many rows they have.", _tables),
    Command(
        "timeframe",
        "[START [END]]",
        "Query only sessions that overlap a timeframe, such as -2h; all removes it.",
        _timeframe,
        "word",
        ("all",),
    ),
    Command("timing", "[on|off]", "Show how long queries take.", _timing, "word", ("on", "off")),
)
"""All commands by name."""
