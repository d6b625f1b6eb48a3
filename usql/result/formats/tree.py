"""The vendor's tree response, with the explanations."""

from __future__ import annotations

from collections.abc import Iterator

from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.jsonbytes import json_bytes
from usql.result.options import Options

FORMAT = Format("tree", "the vendor's tree response")


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One piece: rows of any place may belong to one branch."""
    yield json_bytes(result.to_tree_response(explain=True)) + b"\n"
