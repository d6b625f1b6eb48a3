"""Open an export that has a broken line: skip it, keep it for later, and see what was found.

Prints:

    one broken line stops a load: line 2
    3 sessions, 1 line kept in rejects.ndjson
"""

from pathlib import Path

import usql

LINES = [
    '{"userSessionId": "a", "country": "Austria", "duration": 1200}',
    '{"userSessionId": "b", "country": ',
    '{"userSessionId": "c", "country": "Brazil", "duration": 300}',
    '{"userSessionId": "d", "country": "Austria", "duration": 800}',
]

Path("sessions.ndjson").write_text("\n".join(LINES) + "\n", encoding="utf-8")

try:
    usql.open("sessions.ndjson")
except usql.DataError as error:
    print(f"one broken line stops a load: line {error.line}")

sessions = usql.open("sessions.ndjson", on_error="skip", rejects="rejects.ndjson")
rejects = Path("rejects.ndjson").read_text(encoding="utf-8").splitlines()
print(f"{len(sessions)} sessions, {len(rejects)} line kept in rejects.ndjson")
