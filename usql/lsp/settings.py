"""What a person may configure, under the section ``usql``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from usql.analysis import profile as profile_named
from usql.editor.validation import ALL, RuleSelection
from usql.frozen import dataclass

SECTION = "usql"


@dataclass(frozen=True, slots=True)
class Settings:
    """``profile`` names the limits to judge by; ``data`` are files or patterns whose fields,
    property keys and values are known; ``rules`` are reported."""

    profile: str = "dynatrace"
    data: tuple[str, ...] = ()
    rules: RuleSelection = ALL

    @staticmethod
    def read(given: Any) -> tuple[Settings, list[str]]:
        """The settings in an editor's JSON, and a sentence for each that can not be taken; those
        keep their default.

        The keys are ``profile``, ``data`` (a text or a list of texts), ``select`` and ``ignore``
        (lists of rules by name or code); others are left to the editor's extension. All may stand
        under ``usql``.

        >>> Settings.read({"usql": {"profile": "offline", "data": "a.ndjson"}})[0].data
        ('a.ndjson',)
        """
        problems: list[str] = []
        options = given.get(SECTION, given) if isinstance(given, Mapping) else {}
        if not isinstance(options, Mapping):
            options = {}
        profile = options.get("profile") or "dynatrace"
        try:
            profile_named(profile)
        except (ValueError, TypeError) as error:
            problems.append(f"usql.profile: {error}")
            profile = "dynatrace"
        texts = {
            key: tuple(_texts(options.get(key), key, problems))
            for key in ("data", "select", "ignore")
        }
        try:
            rules = RuleSelection.of(texts["select"], texts["ignore"])
        except ValueError as error:
            problems.append(f"usql.select, usql.ignore: {error}")
            rules = ALL
        return Settings(profile, texts["data"], rules), problems


def _texts(given: Any, key: str, problems: list[str]) -> Iterator[str]:
    """A text, or a list of texts."""
    entries = given if isinstance(given, list) else [] if given is None else [given]
    for entry in entries:
        if isinstance(entry, str):
            if entry:
                yield entry
        else:
            problems.append(f"usql.{key}: {entry!r} is no text.")
