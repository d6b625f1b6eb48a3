"""The SQL of typical queries, in the files of ``tests/language/translation``, which people read:
``python -m tests.language.translate`` writes them anew."""

from __future__ import annotations

from pathlib import Path

import usql
from tests.language.usqltest import Case, read
from tests.places import ROOT

FOLDER = ROOT / "tests" / "language" / "translation"
FILES = {dialect: FOLDER / f"{dialect}.sql" for dialect in ("spark", "duckdb")}
_FLAT = " (flat)"


def cases() -> list[Case]:
    """What is translated."""
    return read((FOLDER / "queries.usqltest").read_text(encoding="utf-8"))


def sql_of(case: Case, dialect: str) -> str:
    """The SQL of a case without the comment above it, and the query in its place."""
    layout = "flat" if case.name.endswith(_FLAT) else "nested"
    made = usql.translate(case.query, to=dialect, layout=layout, **case.options)  # type: ignore[arg-type]
    lines = made.sql.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("--"))


def written(dialect: str) -> str:
    """The whole file of a dialect."""
    blocks = [f"-- === {case.name}\n-- {case.query}\n{sql_of(case, dialect)}" for case in cases()]
    return "\n".join(blocks)


def shown(path: Path) -> dict[str, str]:
    """The blocks of a file by their names."""
    blocks = path.read_text(encoding="utf-8").split("-- === ")[1:]
    return {block.partition("\n")[0]: "-- === " + block.rstrip("\n") for block in blocks}


def main() -> None:
    """Write all files."""
    for dialect, path in FILES.items():
        path.write_text(written(dialect), encoding="utf-8")


if __name__ == "__main__":
    main()
