"""Check queries before they are stored, say, in a dashboard: show every problem with its place, and
apply the first correction of each.

Prints:

    error USQL202 at 7: cty
    error USQL104 at 52: ==
    error USQL202 at 72: cty
    SELECT city, COUNT(*) FROM usersession WHERE country = "Spain" GROUP BY city
"""

import usql

QUERY = "select cty, count(*) from usersession where country == 'Spain' group by cty"


def corrected(text: str) -> str:
    """The text after the first correction of each error, from the last to the first."""
    errors = [d for d in usql.check(text) if d.is_error and d.fixes]
    edits = [edit for error in errors for edit in error.fixes[0].edits]
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


for problem in usql.check(QUERY):
    start, end = problem.span.start, problem.span.end
    print(f"{problem.severity.value} {problem.code} at {start}: {QUERY[start:end]}")
print(usql.format(corrected(QUERY)))
