"""The vendor's tree response, with the explanations."""

from __future__ import annotations

from collections.abc import Iterator

from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.options import Options
from usql.result.texts.jsonbytes import json_bytes

FORMAT = Format("tree", "the vendor's tree response")


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """A single piece, since rows from any place may belong to one branch."""
    yield json_bytes(result.to_tree_response(explain=True)) + b"\n"
