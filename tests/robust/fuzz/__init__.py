"""Fuzzing with coverage guidance: ``python -m tests.robust.fuzz TARGET --seconds N``.

A *target* is a function of bytes that asks one part of usql something and asserts what must hold
whatever the bytes are; it lets no exception out that is not a finding. ``targets`` lists them with
their seeds, ``__main__`` runs them under atheris, and ``test_fuzz`` replays the seeds and whatever was
ever found (``found/TARGET/``) without it.
"""
