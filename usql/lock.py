"""One at a time at a place: of all processes, and of the threads of each.

The lock is the system's, on a file beside the place: whoever holds it and dies, in whatever way,
holds it no longer. The file tells who holds it, and goes with the lock; one that a killed process
left behind means nothing and is used again.
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
"""Seconds that one waits for another."""

_PAUSE = 0.01
_held: set[int] = set()
"""The descriptors of all locks of this process."""


@contextmanager
def alone(place: Path, doing: str) -> Iterator[None]:
    """Hold the place, after whoever holds it now; ``doing`` tells others what for, such as "saving 5
    sessions". :class:`PlaceBusy` naming the other and what it does when that takes longer than
    ``WAIT``; another ``OSError`` when nothing can be written beside the place."""
    lock, turn = (place.with_name(f".{place.name}.usql-{name}") for name in ("lock", "turn"))
    held = None
    try:
        held = _next(lock, turn, doing)
    except OSError as error:  # the name of a file for locking means nothing to people
        raise OSError(error.errno, error.strerror, str(place)) from error
    if held is None:
        raise PlaceBusy(errno.ETIMEDOUT, _told(lock), str(place))
    try:
        yield
    finally:
        _release(lock, held)


def _next(lock: Path, turn: Path, doing: str) -> int | None:
    """The descriptor of the lock, or nothing when the time is over. Whoever has the turn gets the
    lock next: else one that comes back at once would always be first."""
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
            os.ftruncate(held, 0)
            os.write(held, _who(doing).encode())
        except BaseException:
            _release(lock, held)
            raise
    return held


def _wait(path: Path, until: float) -> int | None:
    while (held := _take(path)) is None and time.monotonic() < until:
        time.sleep(_PAUSE)
    return held


def _take(path: Path) -> int | None:
    """The descriptor of the file, which is locked now, unless another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    if _locked(descriptor) and _is_there(path, descriptor):
        _held.add(descriptor)
        return descriptor
    os.close(descriptor)
    return None


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the file is still there: the one who held it before deletes it."""
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
        with suppress(PermissionError):  # it deletes no file that another has open by now
            path.unlink(missing_ok=True)
    else:
        path.unlink(missing_ok=True)  # while it is held, so that it is nobody else's
        os.close(descriptor)


def _who(doing: str) -> str:
    import platform  # only where a file is written

    now = datetime.datetime.now().isoformat(" ", "seconds")
    return f"process {os.getpid()} on {platform.node()} has been {doing} there since {now}"


def _told(lock: Path) -> str:
    """What to say when the time is over."""
    try:
        holder = lock.read_text(errors="replace")
    except OSError:
        holder = ""
    return (
        f"{holder or 'other processes have been writing there'}, and {WAIT:g} seconds of waiting "
        "were not enough; try again when it is done, end it, or choose another place"
    )


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # others cannot read what is locked
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
        """A child that is forked while one of the threads holds a lock must not keep it."""
        for descriptor in _held:
            os.close(descriptor)
        _held.clear()

    os.register_at_fork(after_in_child=_forget)
