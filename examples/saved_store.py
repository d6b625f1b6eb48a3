"""Load an export once, save it, and open the saved store as often as needed: it opens in
milliseconds at any size, and several processes share its memory.

Prints:

    SELECT COUNT(*) FROM usersession: 500
    SELECT COUNT(*) FROM useraction: 4054
    SELECT COUNT(*) FROM usererror: 144
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import usql

QUERIES = [
    "SELECT COUNT(*) FROM usersession",
    "SELECT COUNT(*) FROM useraction",
    "SELECT COUNT(*) FROM usererror",
]


def answer(sessions: usql.Sessions, query: str) -> int:
    """Runs in a process of its own: sessions of a store are sent by its place."""
    return int(sessions.query(query).rows()[0][0])


def main() -> None:
    """The guard below keeps the processes from starting processes."""
    usql.sample(sessions=500, seed=1).save("shop.usqlstore")
    with (
        usql.open("shop.usqlstore") as sessions,
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
    ):
        for query, count in zip(QUERIES, pool.map(answer, [sessions] * 3, QUERIES), strict=True):
            print(f"{query}: {count}")


if __name__ == "__main__":
    main()
