"""Exclusive use of a place, among all processes and the threads of each.

The lock is a system lock on a file beside the place, so it ends with the process that holds it,
however that ends. The file names the process that holds the lock, and is deleted with it; a file
that a killed process left behind has no meaning and is reused.
"""

from __future__ import annotations

import datetime
import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from usql.errors import PlaceBusy

WAIT = 30.0
"""How many seconds a caller waits for another."""

_PAUSE = 0.01
_held: set[int] = set()
"""The descriptors of all locks of this process."""


@contextmanager
def alone(place: Path, doing: str) -> Iterator[None]:
    """Hold the lock of a place, after whoever holds it now. ``doing`` tells others the purpose,
    such as "saving 5 sessions". Raises :class:`PlaceBusy`, which names the other holder and its
    purpose, if that takes longer than ``WAIT``, and another ``OSError`` if nothing can be written
    beside the place."""
    lock, turn = (place.with_name(f".{place.name}.usql-{name}") for name in ("lock", "turn"))
    held = None
    try:
        held = _next(lock, turn, doing)
    except OSError as error:  # the name of a lock file means nothing to people
        raise OSError(error.errno, error.strerror, str(place)) from error
    if held is None:
        raise PlaceBusy(errno.ETIMEDOUT, _message(lock), str(place))
    try:
        yield
    finally:
        _release(lock, held)


@contextmanager
def sole(lock: Path, doing: str) -> Iterator[None]:
    """Hold the lock of this very file for as long as the block lasts. ``doing`` as in ``alone``. Raises
    :class:`PlaceBusy` at once if another process or thread holds it, which it names, and another
    ``OSError`` if the file cannot be written."""
    held = _take(lock)
    if held is None:
        holder = _holder(lock) or "another process has been writing there"
        raise PlaceBusy(errno.EWOULDBLOCK, f"{holder}; end it first", str(lock.parent))
    try:
        _introduce(held, doing)
        yield
    finally:
        _release(lock, held)


def _next(lock: Path, turn: Path, doing: str) -> int | None:
    """The descriptor of the lock, or ``None`` when the time is over. Whoever has the turn gets the
    lock next; otherwise a caller that returns immediately would always be first."""
    until = time.monotonic() + WAIT
    mine = _wait(turn, until)
    if mine is None:
        return None
    try:
        held = _wait(lock, until)
    finally:
        _release(turn, mine)
    if held is not None:
        try:
            _introduce(held, doing)
        except BaseException:
            _release(lock, held)
            raise
    return held


def _introduce(held: int, doing: str) -> None:
    """Write into a lock file who holds it."""
    os.ftruncate(held, 0)
    os.write(held, _who(doing).encode())


def _wait(path: Path, until: float) -> int | None:
    while (held := _take(path)) is None and time.monotonic() < until:
        time.sleep(_PAUSE)
    return held


def _take(path: Path) -> int | None:
    """The descriptor of the file, now locked, or ``None`` if another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    if _locked(descriptor) and _is_there(path, descriptor):
        _held.add(descriptor)
        return descriptor
    os.close(descriptor)
    return None


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the file still exists: its previous holder deletes it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _release(path: Path, descriptor: int) -> None:
    if descriptor not in _held:  # of a parent process
        return
    _held.remove(descriptor)
    if sys.platform == "win32":
        os.close(descriptor)
        with suppress(PermissionError):  # another process has it open
            path.unlink(missing_ok=True)
    else:
        path.unlink(missing_ok=True)  # while the lock is held, so that the file is not another's
        os.close(descriptor)


def _who(doing: str) -> str:
    import platform  # only where a file is written

    now = datetime.datetime.now().isoformat(" ", "seconds")
    return f"process {os.getpid()} on {platform.node()} has been {doing} there since {now}"


def _message(lock: Path) -> str:
    """The error message when the time is over."""
    holder = _holder(lock) or "other processes have been writing there"
    return (
        f"{holder}, and {WAIT:g} seconds of waiting "
        "were not enough; try again when it is done, end it, or choose another place"
    )


def _holder(lock: Path) -> str:
    """What the holder of a lock says of itself; empty if that cannot be read."""
    try:
        return lock.read_text(errors="replace")
    except OSError:
        return ""


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # others cannot read locked bytes
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _forget() -> None:
        """Drop, in a forked child, the locks that threads of the parent hold."""
        for descriptor in _held:
            os.close(descriptor)
        _held.clear()

    os.register_at_fork(after_in_child=_forget)
