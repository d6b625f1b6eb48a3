"""Settings of the command's process, which answers and ends, so that it spends no time on anything
longer. A program that imports usql makes its own choices."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_NEW_OBJECTS = 100_000
"""How many more objects there may be before the collector looks for cycles. With the usual 700 it
looks some hundred times at modules and classes, which stay."""

_LINEAR_ALGEBRA = "OPENBLAS_NUM_THREADS"

_SOON = 0.01
"""Seconds until an interrupt that was lost comes again."""


def begin() -> None:
    """Settings that must be made before numpy is imported: its linear algebra library, which usql
    does not use, would start threads that take processor time while they wait for work. Ctrl-C is
    never lost."""
    sys.unraisablehook = _interrupt_again
    gc.set_threshold(_NEW_OBJECTS)
    os.environ.setdefault(_LINEAR_ALGEBRA, "1")


def end(code: int) -> NoReturn:
    """Exit with this exit code. Memory is freed with the process, so the garbage collector, which
    would first visit all objects several times, is told to skip them."""
    gc.freeze()
    sys.exit(code)


def _interrupt_again(problem: UnraisableHookArgs) -> None:
    """Where Python runs a callback, as imports have them, Ctrl-C is an exception that nobody can
    catch: Python would print it and go on. It comes again when the callback has returned."""
    if issubclass(problem.exc_type, KeyboardInterrupt):
        import threading

        while True:
            again = threading.Timer(_SOON, _interrupt)
            again.daemon = True
            try:
                again.start()
                break
            except KeyboardInterrupt:  # it came while this callback still runs, on a busy machine
                continue
    else:
        sys.__unraisablehook__(problem)


def _interrupt() -> None:
    import _thread
    import signal
    import threading

    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main()
    else:
        signal.pthread_kill(main, signal.SIGINT)  # also wakes it
