"""Answer questions of others in an asyncio program: queries run in threads, within limits of time and
memory, and one that nobody waits for any more is cancelled.

Prints:

    [[52]]
    [[0]]
    USQL202 usersession has no field `cty`.
"""

import asyncio
import threading

import usql


async def ask(sessions: usql.Sessions, text: str, country: str, patience: float = 10) -> str:
    """The answer, or what is wrong with the question. A placeholder between quotes stays text,
    whatever a user sends."""
    cancelled = threading.Event()
    query = asyncio.to_thread(
        sessions.query, text, parameters={"country": country}, timeout=5, cancelled=cancelled
    )
    try:
        result = await asyncio.wait_for(query, patience)
    except TimeoutError:
        cancelled.set()  # else the thread would go on
        return "gave up"
    except usql.UsqlError as error:
        return "; ".join(f"{d.code} {d.message}" for d in error.diagnostics)
    return str(result.rows())


async def main() -> None:
    """Three questions at once."""
    sessions = usql.sample(sessions=500, seed=1)
    counted = 'SELECT COUNT(*) FROM usersession WHERE country = "${country}"'
    answers = await asyncio.gather(
        ask(sessions, counted, "Brazil"),
        ask(sessions, counted, 'x" OR bounce = TRUE OR country = "'),
        ask(sessions, "SELECT cty FROM usersession", ""),
    )
    print("\n".join(answers))


asyncio.run(main())
