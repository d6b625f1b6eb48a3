"""usql/formats/declared.py, made of what each module of usql/result/formats declares."""

from __future__ import annotations

from dataclasses import fields

from usql.folders import modules_of
from usql.formats.format import Format
from usql.result import formats as folder

HEAD = '''\
"""All formats, generated of what usql/result/formats declares by ``python -m tests.tools.docs``."""

from __future__ import annotations

from usql.formats.format import Format

# fmt: off
ALL: tuple[Format, ...] = (
'''


def declared() -> list[Format]:
    """The formats by name, of which no two ask for the same suffix of a file.

    ``ValueError`` for a module that declares none of its own name, for one that cannot write what
    it declares, and for a suffix that is taken.
    """
    found: list[Format] = []
    takers: dict[str, str] = {}
    for module in modules_of(folder):
        name = module.__name__.rpartition(".")[2]
        form = getattr(module, "FORMAT", None)
        if not isinstance(form, Format) or form.name != name:
            raise ValueError(f"{name} declares no FORMAT of its name")
        if not hasattr(module, "pieces"):
            raise ValueError(f"{name} has no pieces")
        for suffix in form.suffixes:
            if takers.setdefault(suffix, form.name) != form.name:
                raise ValueError(f"{form.name} takes .{suffix} as {takers[suffix]} does")
        found.append(form)
    return found


def table() -> str:
    """The module as Python."""
    return HEAD + "".join(map(_entry, declared())) + ")\n"


def _entry(form: Format) -> str:
    given = ((f.name, getattr(form, f.name), f.default) for f in fields(form))
    lines = [f"        {name}={value!r},\n" for name, value, default in given if value != default]
    return f"    Format(\n{''.join(lines)}    ),\n"
