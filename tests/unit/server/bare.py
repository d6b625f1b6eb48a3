"""The least that answers a query over HTTP: uvicorn, one thread for each processor, the engine, and JSON.
No routes, no token, no queue, no limits, no log. ``python -m tests.unit.server.bare STORE`` prints its port."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import uvicorn
from starlette.types import Receive, Scope, Send

import usql
from usql.asking.question import QueryOptions
from usql.result.texts.jsonbytes import json_bytes


def main(store: str) -> None:
    sessions = usql.open(store)
    pool = ThreadPoolExecutor(os.cpu_count())

    def answered(target: bytes) -> bytes:
        asked = {k: v[0] for k, v in parse_qs(target.decode()).items()}
        times = QueryOptions(start=int(asked["startTimestamp"]), end=int(asked["endTimestamp"]))
        return json_bytes(sessions.ask(asked["query"], times).to_table_response())

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(pool, answered, scope["query_string"])
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    at = socket.create_server(("127.0.0.1", 0))
    print(f"Serving at http://127.0.0.1:{at.getsockname()[1]}", flush=True)
    quiet = uvicorn.Config(application, access_log=False, log_level="error", lifespan="off")
    uvicorn.Server(quiet).run(sockets=[at])


if __name__ == "__main__":
    main(sys.argv[1])
