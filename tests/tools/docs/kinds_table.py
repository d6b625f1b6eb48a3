"""usql/formats/kinds.py, made of what each module of usql/result/charts/kinds declares."""

from __future__ import annotations

from dataclasses import fields

from usql.folders import modules_of
from usql.formats.kind import Kind
from usql.result.charts import kinds as folder

HEAD = '''\
"""All kinds of charts, generated of what usql/result/charts/kinds declares by
``python -m tests.tools.docs``."""

from __future__ import annotations

from usql.formats.kind import Kind

# fmt: off
_ALL: tuple[Kind, ...] = (
'''

END = ''')
# fmt: on

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""All kinds by name, those that are the default before others first."""
'''


def declared() -> list[Kind]:
    """The kinds by rank, of which no two have the same.

    ``ValueError`` for a module that declares none of its own name, for one that cannot draw what it
    declares, and for a rank that is taken.
    """
    kinds: list[Kind] = []
    takers: dict[int, str] = {}
    for module in modules_of(folder):
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        kind = getattr(module, "KIND", None)
        if not isinstance(kind, Kind) or kind.name != name:
            raise ValueError(f"{name} declares no KIND of its name")
        for function in ("fits", "suits", "view"):
            if not hasattr(module, function):
                raise ValueError(f"{name} has no {function}")
        if takers.setdefault(kind.rank, name) != name:
            raise ValueError(f"{name} takes rank {kind.rank} as {takers[kind.rank]} does")
        kinds.append(kind)
    return sorted(kinds, key=lambda kind: kind.rank)


def table() -> str:
    """The module as Python."""
    return HEAD + "".join(map(_entry, declared())) + END


def _entry(kind: Kind) -> str:
    lines = [f"        {f.name}={getattr(kind, f.name)!r},\n" for f in fields(kind)]
    return f"    Kind(\n{''.join(lines)}    ),\n"
