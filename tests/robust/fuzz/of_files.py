"""The target that reads the bytes as a file with queries inside."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from tests.robust.fuzz.of_text import text_of
from tests.unit.editor.broken_cases import CLOCK
from usql.editor.embedded import find, judge_file
from usql.editor.problems.fixes import fix_all
from usql.editor.problems.validation import validate
from usql.errors import UnreadableError

_LANGUAGES = {
    "j": "json",
    "y": "yaml",
    "h": "hcl",
    "p": "python",
    "t": "typescript",
    "s": "javascript",
    "m": "markdown",
}


def embedded(data: bytes) -> None:
    """The first letter names the language. A file is read or refused; the places of a query lie in
    the file in order, and what corrections make of a file is still a file of its language."""
    text = text_of(data[1:])
    language = _LANGUAGES.get(chr(data[0]) if data else "", "usql")
    try:
        queries = find(text, language)
    except UnreadableError as error:
        assert str(error)
        return
    for query in queries:
        places = [*query.places, (query.end, query.end)]
        assert all(0 <= start <= end <= len(text) for start, end in places)
        assert all(one[0] <= other[0] for one, other in pairwise(places))
    problems = judge_file(text, language, partial(validate, clock=CLOCK))
    for problem in problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    find(fix_all(text, problems, unsafe=True), language)
