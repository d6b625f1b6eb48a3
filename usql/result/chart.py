"""A chart of a result, and its files."""

from __future__ import annotations

import copy
import json
import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from usql.files.atomic import replacing_file
from usql.formats.pictures import PICTURES, picture_of
from usql.result.charts.choice import AUTO, spec_of, title_of
from usql.result.charts.plot import plot_of
from usql.result.drawings.html import html, safe
from usql.result.terminal import plain_text

if TYPE_CHECKING:
    from types import ModuleType

    from usql.result.data import ResultData

MIME = "application/vnd.vegalite.v5+json"

_VERSION = "5.20"
"""The version of Vega-Lite that draws."""
_SCALE = 2.0
"""Dots of a PNG for each of the drawing."""
_LONGEST_TITLE = 200

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The page runs no script and asks no host for anything."""


class Chart:
    """A chart of a result. ``kind`` is its kind, ``spec`` its specification in Vega-Lite 5, a dict
    with the data in it, which Altair, Vega-Embed and many others draw.

    A notebook that knows Vega-Lite shows the chart, any other the rows.

    >>> import usql
    >>> result = usql.sample(sessions=10).query("SELECT city, COUNT(*) FROM usersession GROUP BY city")
    >>> result.chart()
    <Chart: bar of count(*) by city>
    """

    __module__ = "usql"

    def __init__(self, result: ResultData, kind: str = AUTO) -> None:
        self.kind, self._spec = spec_of(result, kind)
        self._result = result

    @property
    def spec(self) -> dict[str, Any]:
        """The specification; each caller gets one of its own."""
        return copy.deepcopy(self._spec)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Draw the chart in a file whose suffix says how: ``.svg``, ``.png``, ``.pdf``, ``.html``,
        a page with the chart above the first rows, or ``.json``, the specification. The page is
        complete in itself and runs no script. The file is written completely or not at all.

        ``ValueError`` for another suffix; ``ModuleNotFoundError``, except for ``.json``, without
        vl-convert: ``pip install 'usql-engine[charts]'``.
        """
        name = os.fspath(path)
        drawn = self._drawn(name)
        with replacing_file(name) as file:
            file.write(drawn)

    def _drawn(self, name: str) -> bytes:
        if PurePath(name).suffix.lower() == ".json":
            return json.dumps(self._spec, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        picture = picture_of(name)
        if picture is None:
            known = ", ".join(f".{suffix}" for suffix in (*PICTURES, "json"))
            raise ValueError(f"{name!r} does not end in one of {known}")
        convert = converter()
        options = {"vl_version": _VERSION, "allowed_base_urls": []}
        if picture == "png":
            return bytes(convert.vegalite_to_png(self._spec, scale=_SCALE, **options))
        if picture == "pdf":
            return bytes(convert.vegalite_to_pdf(self._spec, **options))
        svg = str(convert.vegalite_to_svg(self._spec, **options))
        return (svg if picture == "svg" else self._page(svg)).encode()

    def _page(self, svg: str) -> str:
        title = safe(" ".join(self._result.text.split())[:_LONGEST_TITLE] or "usql")
        return (
            '<!doctype html>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            f"<title>{title}</title>\n{svg}\n{html(self._result)}\n"
        )

    def __repr__(self) -> str:
        return f"<Chart: {self.kind} of {title_of(plot_of(self._result))}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        # Without HTML: front ends such as JupyterLab would prefer it to Vega-Lite.
        return {MIME: self.spec, "text/plain": plain_text(self._result)}


__test__ = {"Chart": Chart}  # doctest finds tests by the module that a class names


def converter() -> ModuleType:
    """vl-convert; ``ModuleNotFoundError`` that says how to install it."""
    try:
        import vl_convert
    except ModuleNotFoundError as missing:
        if missing.name != "vl_convert":
            raise
        raise ModuleNotFoundError(
            "files of charts need vl-convert: pip install 'usql-engine[charts]'", name="vl_convert"
        ) from None
    return vl_convert
