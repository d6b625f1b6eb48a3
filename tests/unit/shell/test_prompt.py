"""The editor of the shell, driven with keys: what it writes, offers, corrects and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import fragment_list_to_text, to_formatted_text
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

import usql
from tests.unit.shell.conftest import said
from usql.language.rules import Severity
from usql.shell.completion import ShellCompleter, choose
from usql.shell.highlight import QueryLexer
from usql.shell.problems import Problems, drawn, problems
from usql.shell.prompt import history_at, prompt_session, talk
from usql.shell.shell import Shell

ENTER, ALT_ENTER, TAB, UP, LEFT = "\r", "\x1b\r", "\t", "\x1b[A", "\x1b[D"
F1, F2, F3, F6 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1b[17~"
BACKSPACE, UNDO, CTRL_C, CTRL_D = "\x7f", "\x1f", "\x03", "\x04"

Typed = Callable[..., str]


def pasted(text: str) -> str:
    """What a terminal sends when this is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


Session = PromptSession[str]
Seen = TypeVar("Seen")


def inside(shell: Shell, given: PipeInput, look: Callable[[Session], Seen]) -> Seen:
    """What is seen from inside of a running editor."""
    session = prompt_session(shell, InMemoryHistory(), given, DummyOutput())
    seen: list[Seen] = []

    def run() -> None:
        seen.append(look(session))
        session.app.exit(result="")

    session.prompt(pre_run=run)
    return seen[0]


@pytest.fixture
def given() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        yield pipe


@pytest.fixture
def typed(shell: Shell) -> Typed:
    """The text that is accepted after these keys; ``EOFError`` if none is."""

    def accepted(*keys: str) -> str:
        with create_pipe_input() as pipe:
            session = prompt_session(shell, InMemoryHistory(), pipe, DummyOutput())
            pipe.send_text("".join(keys))
            pipe.close()
            return session.prompt()

    return accepted


def test_enter_runs_a_complete_query(typed: Typed) -> None:
    assert typed("SELECT city FROM usersession", ENTER) == "SELECT city FROM usersession"


def test_enter_goes_on_where_a_query_is_unfinished(typed: Typed) -> None:
    text = typed("SELECT city", ENTER, "FROM usersession WHERE", ENTER, "bounce = TRUE", ENTER)
    assert text == "SELECT city\nFROM usersession WHERE\nbounce = TRUE"


def test_alt_enter_begins_a_line(typed: Typed) -> None:
    begun = ("SELECT city FROM usersession", ALT_ENTER, "WHERE bounce = TRUE", ENTER, "LIMIT 5")
    text = "SELECT city FROM usersession\nWHERE bounce = TRUE\nLIMIT 5"
    assert typed(*begun, ENTER, ENTER) == f"{text}\n"
    assert typed(*begun, ";", ENTER) == f"{text};"


def test_lines_that_were_joined_again_are_one(typed: Typed) -> None:
    text = typed("SELECT city FROM usersession", ALT_ENTER, BACKSPACE, ENTER)
    assert text == "SELECT city FROM usersession"


def test_pasted_lines_run_where_they_are_ended(typed: Typed) -> None:
    query = "SELECT city FROM usersession\nWHERE bounce = TRUE"
    assert typed(pasted(query), ENTER, "LIMIT 5", ENTER, ENTER) == f"{query}\nLIMIT 5\n"
    assert typed(pasted(f"{query};"), ENTER) == f"{query};"
    assert typed(pasted(f"{query} -- ;"), ENTER, ENTER) == f"{query} -- ;\n"
    assert typed(pasted(f"{query}\r\n"), ENTER) == f"{query}\n"


def test_a_pasted_line_is_typed_like_any(typed: Typed) -> None:
    assert typed(pasted("SELECT city FROM usersession"), ENTER) == "SELECT city FROM usersession"


def test_pasted_statements_are_done_one_after_the_other(shell: Shell, given: PipeInput) -> None:
    script = "SELECT COUNT(*)\nFROM usersession\n\n.format csv\nSELECT COUNT(*)\nFROM useraction\n"
    given.send_text(pasted(script) + ENTER + "SELECT COUNT(*) FROM usererror" + ENTER + CTRL_D)
    talk(shell, history=InMemoryHistory(), terminal_input=given, terminal_output=DummyOutput())
    shown, notes = said(shell)
    assert shown.splitlines() == [" count(*)", " ────────", "       16", "", "1 row", *["count(*)", "27"], *["count(*)", "4"]]  # fmt: skip
    assert (notes, shell.failures) == ("format csv\n", 0)


def test_problems_of_pasted_statements_are_told_where_they_are(shell: Shell) -> None:
    script = ".timing on\nSELECT cty\nFROM usersession\n\n.chart SELECT contry FROM usersession\n"
    catalog = shell.sessions.catalog
    found = problems(script, catalog, "dynatrace", is_script=True)
    words = [script[d.span.start : d.span.end] for d in found.diagnostics if d.is_error]
    assert (words, found.is_unfinished) == (["cty", "contry"], False)
    assert problems(f"{script}SELECT", catalog, "dynatrace", is_script=True).is_unfinished


def test_what_is_typed_after_pasted_lines_runs_when_it_is_complete(shell: Shell) -> None:
    with create_pipe_input() as pipe:
        session = prompt_session(shell, InMemoryHistory(), pipe, DummyOutput())
        pipe.send_text(pasted("SELECT city\nFROM usersession;") + ENTER)
        assert session.prompt() == "SELECT city\nFROM usersession;"
        pipe.send_text(f"SELECT city{ENTER}FROM usersession{ENTER}")
        assert session.prompt() == "SELECT city\nFROM usersession"
        pipe.send_text(pasted("SELECT city\nFROM x") + CTRL_C)
        with pytest.raises(KeyboardInterrupt):
            session.prompt()
        pipe.send_text(f"SELECT city{ENTER}FROM usersession{ENTER}")
        assert session.prompt() == "SELECT city\nFROM usersession"


def test_pasted_lines_with_an_error_go_to_it_first(typed: Typed) -> None:
    query = "SELECT cty\nFROM usersession;"
    assert typed(pasted(query), ENTER, BACKSPACE * 2, "ity", ENTER) == query.replace("cty", "city")


@pytest.mark.parametrize(
    "text", ["quit", "EXIT;", "help", "help top", "show tables;", "\\d", "\\q"]
)
def test_words_of_other_shells_run_at_once(typed: Typed, text: str) -> None:
    assert typed(text, ENTER) == text


def test_an_empty_line_ends_what_is_unfinished(typed: Typed) -> None:
    assert typed("SELECT city", ENTER, ENTER) == "SELECT city\n"


def test_enter_goes_to_an_error_first(typed: Typed) -> None:
    wrong = "SELECT cty FROM usersession WHERE bounce = TRUE"
    assert typed(wrong, ENTER, BACKSPACE * 2, "ity", ENTER) == wrong.replace("cty", "city")
    assert typed(wrong, ENTER, ENTER) == wrong


def test_entered_the_last_word_is_wrong_too(typed: Typed) -> None:
    wrong = "SELECT city FROM usersesion"
    assert typed(wrong, F2, ENTER, F2, ENTER) == "SELECT city FROM usersession"
    assert typed(wrong, ENTER, ENTER) == wrong


def test_commands_run_at_once(typed: Typed) -> None:
    assert typed(".tables", ENTER) == ".tables"
    assert typed(".explain SELECT city", ENTER, "FROM usersession", ENTER) == (
        ".explain SELECT city\nFROM usersession"
    )


def test_one_key_corrects(typed: Typed) -> None:
    wrong = "SELECT cty FROM usersession WHERE country == 'Spain'"
    assert typed(wrong, F2, F2, ENTER) == "SELECT city FROM usersession WHERE country = 'Spain'"
    assert typed(wrong, F3, F2, ENTER) == "SELECT country FROM usersession WHERE country = 'Spain'"


def test_a_correction_can_be_undone(typed: Typed) -> None:
    wrong = "SELECT cty FROM usersession LIMIT 5"
    assert typed(wrong, F2, UNDO, ENTER, ENTER) == wrong


def test_the_problem_at_the_cursor_is_corrected(typed: Typed) -> None:
    wrong = "SELECT cty, COUNT(*) FROM usersession WHERE country == 'Spain' GROUP BY city"
    back = LEFT * len(" 'Spain' GROUP BY city")
    assert typed(wrong, back, F2, ENTER, ENTER) == wrong.replace("==", "=")


def test_corrections_behind_a_command(typed: Typed) -> None:
    assert typed(".explain SELECT cty FROM usersession LIMIT 5", F2, ENTER) == (
        ".explain SELECT city FROM usersession LIMIT 5"
    )


def test_keys_without_a_problem_do_nothing(typed: Typed) -> None:
    text = "SELECT city FROM usersession"
    assert typed(text, F2, F3, ENTER) == text


def test_layout(typed: Typed) -> None:
    text = "select count(*)from usersession where country='Spain'"
    assert typed(text, F6, ENTER) == 'SELECT COUNT(*) FROM usersession WHERE country = "Spain"'
    assert typed(".chart " + text, F6, ENTER).startswith(".chart SELECT COUNT(*) FROM")
    assert typed("select city from", F6, ENTER, "usersession", ENTER) == (
        "select city from\nusersession"
    )


def test_talk_runs_until_quit(shell: Shell, given: PipeInput) -> None:
    given.send_text("SELECT COUNT(*) FROM usersession\r.quit\rSELECT never")
    talk(shell, history=InMemoryHistory(), terminal_input=given, terminal_output=DummyOutput())
    assert "16" in said(shell)[0]


def test_talk_goes_on_after_ctrl_c_and_ends_with_ctrl_d(shell: Shell, given: PipeInput) -> None:
    given.send_text(f"SELECT wrong{CTRL_C}.profile offline{ENTER}{CTRL_D}")
    talk(shell, history=InMemoryHistory(), terminal_input=given, terminal_output=DummyOutput())
    assert said(shell) == ("", "profile offline\n")


def test_the_history_is_kept(shell: Shell, given: PipeInput, tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    text = f"SELECT city{ENTER}FROM usersession{ENTER}"
    given.send_text(text + CTRL_D)
    talk(shell, history=history_at(path), terminal_input=given, terminal_output=DummyOutput())
    assert path.stat().st_mode & 0o077 == 0
    assert list(FileHistory(path).load_history_strings()) == ["SELECT city\nFROM usersession"]
    said(shell)
    given.send_text(f"{UP}{ENTER}{CTRL_D}")
    talk(shell, history=history_at(path), terminal_input=given, terminal_output=DummyOutput())
    assert "city" in said(shell)[0]


def test_a_history_that_can_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert isinstance(history_at(tmp_path / "file" / "history"), InMemoryHistory)


# --- the line below the query ----------------------------------------------------------------------


def hint(shell: Shell, given: PipeInput, text: str, cursor: int | None = None) -> str:
    """The line below this text with the cursor there."""

    def look(session: Session) -> str:
        session.default_buffer.document = Document(text, len(text) if cursor is None else cursor)
        assert callable(session.bottom_toolbar)
        return fragment_list_to_text(to_formatted_text(session.bottom_toolbar()))

    return inside(shell, given, look)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", " 16 sessions · dynatrace · F1 explains the word at the cursor · .help"),
        (
            "SELECT cty FROM usersession",
            " error usersession has no field `cty`.   F2  write city   F3  write country",
        ),
        ("SELECT ct", " 16 sessions"),
        ("SELECT TOP(city, ", " TOP(field, [n])"),
        (".chart SELECT TOP(city, ", " TOP(field, [n])"),
        (".fields (", " 16 sessions"),
    ],
)
def test_hint(shell: Shell, given: PipeInput, text: str, told: str) -> None:
    assert hint(shell, given, text).startswith(told)


def test_the_hint_tells_of_the_timeframe(shell: Shell, given: PipeInput) -> None:
    shell.run(".timeframe 1970-01-01")
    assert hint(shell, given, "").startswith(
        " 16 sessions · 1970-01-01 to the end of the data · dynatrace · F1"
    )


def test_a_long_hint_breaks_before_its_keys(shell: Shell, given: PipeInput) -> None:
    """The terminal has 80 columns."""
    text = "SELECT useraction.visualyCompleteTime FROM usersession WHERE bounce = TRUE"
    first, second = hint(shell, given, text).split("\n")
    assert first.startswith(" error useraction has no field `visualyCompleteTime`.")
    assert second.strip().startswith("F")
    assert max(len(first), len(second)) <= 80


def test_the_hint_tells_of_the_problem_at_the_cursor(shell: Shell, given: PipeInput) -> None:
    text = "SELECT cty FROM usersession WHERE country == 'Spain' LIMIT 5"
    assert "single `=`" in hint(shell, given, text, text.index("==") + 1)
    assert "`cty`" in hint(shell, given, text, 0)


# --- what is underlined -----------------------------------------------------------------------------


def underlined(shell: Shell, text: str, cursor: int | None = None) -> list[str]:
    found = problems(text, shell.sessions.catalog, "dynatrace")
    at = len(text) if cursor is None else cursor
    return [text[d.span.start : d.span.end] for d in drawn(found, text, at)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("SEL", []),
        ("SELECT cty", []),
        ("SELECT cty,", []),
        ("SELECT cty FROM usersession", ["cty"]),
        ("SELECT cty FROM usersession WHERE ", ["cty"]),
        ("SELECT city FROM usersesion", []),
        ("SELECT city FROM usersesion ", ["usersesion"]),
        ("SELECT city FROM usersession WHERE city = 'Li", []),
        ("SELECT COUNT(city FROM usersession LIMIT 5", ["FROM"]),
        (".explain SELECT cty FROM usersession LIMIT 5", ["cty"]),
        (".fields cty", []),
    ],
)
def test_what_is_underlined_while_typing(shell: Shell, text: str, words: list[str]) -> None:
    assert underlined(shell, text) == words


def test_the_word_being_written_is_not_wrong_yet_but_behind_it(shell: Shell) -> None:
    text = "SELECT city FROM usersession WHERE cty"
    assert underlined(shell, text) == []
    assert "cty" in underlined(shell, text, 5)


def test_errors_are_told_before_warnings() -> None:
    from usql.language.diagnostics import Diagnostic, Span

    warning = Diagnostic("W", "w", Severity.WARNING, "", Span(0, 3))
    error = Diagnostic("E", "e", Severity.ERROR, "", Span(8, 9))
    both = Problems((warning, error), is_unfinished=False)
    assert both.at(20) is error
    assert both.at(2) is warning
    assert both.error is error
    assert Problems((), is_unfinished=False).at(0) is None


def test_colours(shell: Shell, given: PipeInput) -> None:
    lexer = QueryLexer(
        lambda d: drawn(problems(d.text, shell.sessions.catalog, "dynatrace"), d.text, 0)
    )

    def look(_: Session) -> list[str]:
        text = ".chart SELECT cty, 5\nFROM usersession"
        line = lexer.lex_document(Document(text, 0))
        return ["".join(f"{style}={ch} " for style, ch, *_ in line(i)) for i in range(3)]

    first, second, third = inside(shell, given, look)
    assert first.startswith("class:command=. class:command=c")
    assert "class:keyword=S" in first
    assert " class:error=c" in first
    assert "class:number=5" in first
    assert "class:table=u" in second
    assert third == ""


# --- completion ---------------------------------------------------------------------------------------


def offers(shell: Shell, marked: str) -> list[str]:
    """What is offered at the ``|``."""
    text, cursor = marked.replace("|", ""), marked.index("|")
    found = ShellCompleter(shell).get_completions(Document(text, cursor), CompleteEvent())
    return [offer.display_text for offer in found]


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        (".|", ".chart [QUERY]"),
        (".ti|", ".timing [on|off]"),
        (".timing |", "on"),
        (".profile o|", "offline"),
        (".format n|", "ndjson"),
        (".fields usere|", "userevent"),
        (".sch|", ".schema [TABLE]"),
        (".exi|", ".exit"),
        (".schema usere|", "userevent"),
        (".help AV|", "AVG"),
        (".help onc|", "once"),
        (".now |", "clock"),
        (".timeframe |", "all"),
        ("|", "SELECT"),
        ("SELECT cit|", "city"),
        (".chart SELECT COU| FROM usersession", "COUNT(*)"),
        ("SELECT city FROM usersession WHERE country = |", '"Austria"'),
    ],
)
def test_offers(shell: Shell, marked: str, first: str) -> None:
    assert first in offers(shell, marked)[:3]


@pytest.mark.parametrize(
    "marked", [".tables |", ".nothing |", ".timing x|", "SELECT 'cit|'", "quit|", "help |", "\\d|"]
)
def test_nothing_is_offered(shell: Shell, marked: str) -> None:
    assert offers(shell, marked) == []


def test_files_are_offered(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "slow.usql").write_text("")
    for command in (".read", ".open", ".once"):
        assert offers(shell, f"{command} {tmp_path}/sl|") == ["slow.usql"]


def test_values_follow_the_data_that_is_open(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    usql.open([{"city": "Nowhere", "shopId": 5}]).write(path)
    completer = ShellCompleter(shell)

    def offered() -> list[str]:
        text = "SELECT COUNT(*) FROM usersession WHERE city = "
        found = completer.get_completions(Document(text), CompleteEvent())
        return [offer.display_text for offer in found]

    assert '"Linz"' in offered()
    shell.run(f".open {path}")
    assert '"Nowhere"' in offered()
    assert '"Linz"' not in offered()


def test_problems_follow_the_data_that_is_open(
    shell: Shell, given: PipeInput, tmp_path: Path
) -> None:
    path = tmp_path / "a.ndjson"
    usql.open([{"city": "Nowhere", "shopId": 5}]).write(path)
    text = "SELECT shopId FROM usersession"
    given.send_text(f"{text}{ENTER}{CTRL_C}.open {path}{ENTER}{text}{ENTER}.quit{ENTER}")
    talk(shell, history=InMemoryHistory(), terminal_input=given, terminal_output=DummyOutput())
    assert shell.result is not None
    assert (shell.result.rows(), shell.failures) == ([[5]], 0)


def test_values_come_from_the_data(shell: Shell) -> None:
    rows = shell.sessions.query(
        "SELECT city, COUNT(*) FROM usersession GROUP BY city LIMIT 3"
    ).rows()
    cities = [f'"{city}"' for city, _ in rows if city is not None]
    assert set(cities) <= set(offers(shell, "SELECT COUNT(*) FROM usersession WHERE city = |"))


def test_a_choice_writes_the_whole_edit(shell: Shell, given: PipeInput) -> None:
    """The menu shows ``SUM(`` while one walks through it; choosing closes the bracket, and the
    cursor stays inside."""

    def look(session: Session) -> Document:
        buffer = session.default_buffer
        text, cursor = "SELECT SU FROM usersession", len("SELECT SU")
        buffer.document = Document(text, cursor)
        found = list(ShellCompleter(shell).get_completions(buffer.document, CompleteEvent()))
        number = [offer.display_text for offer in found].index("SUM")
        assert found[number].text == "SUM("
        buffer.complete_state = CompletionState(buffer.document, found, number)
        assert choose(buffer)
        assert not choose(buffer)
        return buffer.document

    after = inside(shell, given, look)
    assert after.text == "SELECT SUM() FROM usersession"
    assert after.cursor_position == len("SELECT SUM(")
