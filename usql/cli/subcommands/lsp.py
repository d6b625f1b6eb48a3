"""``usql lsp``."""

from __future__ import annotations

import os
from typing import BinaryIO

import click


@click.command()
@click.option(
    "--tcp",
    metavar="HOST:PORT",
    help="Wait for an editor at this address instead of standard input.",
)
@click.option("--stdio", is_flag=True, help="Talk over standard input and output; the default.")
def lsp(tcp: str | None, stdio: bool) -> int:
    """Serve an editor over the Language Server Protocol."""
    if tcp is not None and stdio:
        raise click.UsageError("Choose --tcp or --stdio.")
    address = None if tcp is None else _address(tcp)
    try:
        from usql.lsp.server import make_server
    except ModuleNotFoundError as missing:
        if missing.name not in ("pygls", "lsprotocol"):
            raise
        raise click.UsageError(
            "The language server needs pygls: pip install 'usql-engine[lsp]'."
        ) from None
    server = make_server()
    if address is None:
        server.start_io(stdout=_protocol_output())
    else:
        server.start_tcp(*address)
    return 0 if server.was_shut_down else 1


def _protocol_output() -> BinaryIO:
    """Standard output reserved for the protocol; anything else that is written there goes to
    standard error."""
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return protocol


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise click.UsageError(f"{text!r} is not an address; write it as in 127.0.0.1:2087.")
    return host.strip("[]") or "127.0.0.1", int(port)
