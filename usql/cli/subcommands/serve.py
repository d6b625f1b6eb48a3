"""``usql serve``."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from usql.checks import PROFILES
from usql.cli.completion import files
from usql.cli.configured import Configured
from usql.cli.live import PASSWORD, export_to
from usql.cli.options import (
    data_to_ask,
    in_bytes,
    loading_options,
    open_sessions,
    profile_option,
    sample_option,
    tell,
    threads_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usql.queryable import Queryable
    from usql.server.serving import Address
    from usql.server.settings import Settings

_VARIABLE = "USQL_TOKEN"
_CLOCKS = {"data": "data-end", "wall": "now"}
_TIMEOUT = 30.0
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("data", nargs=-1, metavar="DATA...", shell_complete=files)
@sample_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen at this address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8642,
    show_default=True,
    help="Listen at this port; 0 for any free one.",
)
@click.option(
    "--clock",
    type=click.Choice(list(_CLOCKS)),
    help="Whether now is the end of the data (the default) or the actual time.",
)
@click.option("--now", help="The time to use as now, in place of --clock.")
@profile_option
@loading_options
@threads_option
@click.option(
    "--timeout",
    type=float,
    metavar="SEC",
    help=f"Stop a query that takes longer; by default {_TIMEOUT:g}.",
)
@click.option(
    "--queries",
    type=_FOLDER,
    metavar="FOLDER",
    help="Offer the queries in the .usql files of this folder on the page.",
)
@click.option("--assets", type=_FOLDER, hidden=True)  # the page's files, while it is developed
@click.option("--tls-cert", metavar="FILE", help="Serve HTTPS with this certificate.")
@click.option("--tls-key", metavar="FILE", help="The private key of the certificate.")
@click.option(
    "--behind-proxy", metavar="URL", help="The URL of the reverse proxy in front of the server."
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let pages of this origin call the server; may be repeated.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help=f"Read the token from this file; by default {_VARIABLE} has it, or it is generated.",
)
@click.option("--log-queries", is_flag=True, help="Write the texts of queries to the log.")
@click.option(
    "--ingest",
    "takes_export",
    is_flag=True,
    help=f"Take the vendor's session export at /ingest; DATA is a live folder. {PASSWORD} has the password.",
)
@click.option(
    "--keep", metavar="DURATION", help="With --ingest, delete sessions this long after their end."
)
def serve(
    data: tuple[str, ...],
    use_sample: bool,
    host: str,
    port: int,
    clock: str | None,
    now: str | None,
    profile: str | None,
    on_error: str,
    rejects: str | None,
    duplicates: str,
    memory_limit: int | None,
    threads: int | None,
    timeout: float | None,
    queries: Path | None,
    assets: Path | None,
    tls_cert: str | None,
    tls_key: str | None,
    behind_proxy: str | None,
    origins: tuple[str, ...],
    token_file: str | None,
    log_queries: bool,
    takes_export: bool,
    keep: str | None,
) -> int:
    """Serve the sessions in DATA: a page for queries, and the vendor's API.

    The link that is shown opens the page. Clients of the vendor's API can query this server instead,
    with the token that is shown once. Other machines can reach it only over TLS or through a proxy.

    With --ingest, DATA is a live folder, which is made if it is not there. What the vendor's session
    export posts is kept in it, and queries see it after at most 15 seconds.

    Options that are not given are taken from the nearest usql.toml, or [tool.usql] in
    pyproject.toml, upwards from the working directory: profile, data, timeout.
    """
    if clock is not None and now is not None:
        raise click.UsageError("Choose --clock or --now.")
    configured = Configured().of()
    names = data_to_ask(data, use_sample, configured)
    if keep is not None and not takes_export:
        raise click.UsageError("--keep needs --ingest.")
    is_plain = (on_error, rejects, duplicates, use_sample) == ("stop", None, "keep", False)
    export = export_to(names, keep, has_others=not is_plain) if takes_export else None
    try:
        from usql.server.application import Application
        from usql.server.serving import Address, serve
        from usql.server.settings import Settings
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("starlette", "anyio", "uvicorn"):
            raise
        raise click.UsageError(
            "The server needs starlette and uvicorn: pip install 'usql-engine[server]'."
        ) from None

    try:
        address = Address(
            host=host, port=port, certificate=tls_cert, key=tls_key, proxy=behind_proxy
        )
        token, is_new = _token(token_file)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    limit = configured.timeout if timeout is None else timeout
    with _listening(address) as listening:
        bound = listening.getsockname()[1]
        try:
            settings = Settings(
                token=token,
                hosts=address.hosts(bound),
                takes_addresses=address.is_every,
                origins=frozenset(origins),
                now=now or _CLOCKS[clock or ("wall" if takes_export else "data")],
                profile=profile or configured.profile or PROFILES[0],
                timeout=_TIMEOUT if limit is None else limit,
                log_queries=log_queries,
                is_secure=address.url(bound).startswith("https:"),
                source=_source(names),
                queries=queries,
                has_examples=use_sample,
                assets=assets,
            )
        except ValueError as error:
            raise click.UsageError(f"{error}.") from None
        with ExitStack() as stack:
            sessions: Queryable
            ingest = None
            if export is None:
                sessions = open_sessions(
                    names, use_sample, on_error, rejects, duplicates, threads, memory_limit
                )
            else:
                limits = {"threads": threads, "memory_limit": in_bytes(memory_limit)}
                sessions, ingest = stack.enter_context(export.opened(address.url(bound), limits))
            for note in sessions.notes:
                tell(f"note: {note}")
            _introduce(sessions, settings, address, bound, is_new)
            if export is not None:
                click.echo(f"The session export goes to {address.url(bound)}/ingest, as user usql.")
            try:
                serve(Application(sessions, settings, ingest), address, listening)
            except KeyboardInterrupt:  # the usual way to stop it
                return 0
    return 0


def _token(file: str | None) -> tuple[str, bool]:
    """The token, and whether it was generated just now. ``ValueError`` for an unusable one."""
    from usql.server.tokens import check_token, made_token, token_in

    if file is not None:
        try:
            return token_in(file), False
        except OSError as error:
            raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    token = os.environ.get(_VARIABLE)
    if not token:
        return made_token(), True
    check_token(token)
    return token, False


def _source(names: Sequence[str]) -> str:
    """The names of the data, without folders and without what may be secret in a URL."""
    shown = [PurePath(name.partition("?")[0]).name or name for name in names]
    return ", ".join(shown) if shown else "sample"


def _listening(address: Address) -> socket.socket:
    try:
        return address.listening()
    except OSError as error:
        raise click.UsageError(
            f"{address.host}:{address.port} cannot be used: {os.strerror(error.errno or 0)}; "
            "choose another --port."
        ) from None


def _introduce(
    sessions: Queryable, settings: Settings, address: Address, port: int, is_new: bool
) -> None:
    """Report the server's address, its sessions, and the time that queries use as now."""
    from usql.result.texts.times import time_text
    from usql.server.answers import clock_of

    first, end = sessions.span
    _, now = clock_of(sessions, settings)
    spanned = f" from {time_text(first)} to {time_text(end - 1)}" if end > first else ""
    tell(f"{len(sessions):,} sessions{spanned}; the time for queries is {time_text(now)}.")
    if not address.is_local:
        tell("warning: other machines can reach this server; anyone with the token can query it")
    click.echo(f"Serving at {address.url(port)}/api/v1; Ctrl-C stops it.")
    if is_new:
        click.echo(f"Token, shown once: {settings.token}")
    # Browsers send no server what follows the #, so that no log has it.
    click.echo(f"Page: {address.url(port)}/" + (f"#token={settings.token}" if is_new else ""))
