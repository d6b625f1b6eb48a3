"""What users may configure, under the section ``usql``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from usql.analysis import profile_named
from usql.checks import PROFILES
from usql.configuration import Configuration
from usql.editor.problems.validation import ALL, RuleSelection
from usql.frozen import dataclass

SECTION = "usql"


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies to a document: ``profile`` names the limits to judge by; ``data`` are files or
    patterns whose fields, property keys and values are known; ``rules`` are reported."""

    profile: str = PROFILES[0]
    data: tuple[str, ...] = ()
    rules: RuleSelection = ALL


@dataclass(frozen=True, slots=True)
class Settings:
    """What the editor has set; ``None``, or no data, means that it has not."""

    profile: str | None = None
    data: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None

    @staticmethod
    def read(value: Any) -> tuple[Settings, list[str]]:
        """The settings in an editor's JSON, and a sentence for each that is invalid and therefore
        ignored.

        The keys are ``profile``, ``data`` (a text or a list of texts), ``select`` and ``ignore``
        (lists of rules by name or code); others are left to the editor's extension. All may stand
        under ``usql``.

        >>> Settings.read({"usql": {"profile": "offline", "data": "a.ndjson"}})[0].data
        ('a.ndjson',)
        """
        problems: list[str] = []
        options = value.get(SECTION, value) if isinstance(value, Mapping) else {}
        if not isinstance(options, Mapping):
            options = {}
        profile = options.get("profile") or None
        try:
            profile_named(profile or PROFILES[0])
        except (ValueError, TypeError) as error:
            problems.append(f"usql.profile: {error}")
            profile = None
        texts = {
            key: tuple(_texts(options.get(key), key, problems))
            for key in ("data", "select", "ignore")
        }
        select, ignore = texts["select"] or None, texts["ignore"] or None
        try:
            RuleSelection.of(select or (), ignore or ())
        except ValueError as error:
            problems.append(f"usql.select, usql.ignore: {error}")
            select = ignore = None
        return Settings(profile, texts["data"], select, ignore), problems

    def over(self, file: Configuration) -> Rules:
        """The rules where a configuration file applies; the editor's settings take precedence.
        ``ValueError`` if the file names a rule that does not exist."""
        select = file.select if self.select is None else self.select
        ignore = file.ignore if self.ignore is None else self.ignore
        try:
            rules = RuleSelection.of(select or (), ignore or ())
        except ValueError as error:
            raise ValueError(f"{file.file}: {error}") from None
        profile = self.profile or file.profile or PROFILES[0]
        return Rules(profile, self.data or file.data or (), rules)


def _texts(value: Any, key: str, problems: list[str]) -> Iterator[str]:
    """A text, or a list of texts."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    for entry in entries:
        if isinstance(entry, str):
            if entry:
                yield entry
        else:
            problems.append(f"usql.{key}: {entry!r} is not a text.")
