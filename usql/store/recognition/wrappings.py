"""Unwrapping sessions (LANGUAGE.md §10a): what Elasticsearch adds, an object that holds the
sessions as a list, and the vendor's table response."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from usql.store.bad_data import NoSession
from usql.store.inputs.tally import Remark
from usql.store.recognition.response import sessions_of
from usql.store.recognition.sessionhood import children, session_names
from usql.store.recognition.unwrapped import Refused, Unwrapped, Wrapped

ACTIONS = Remark(
    "1 Elasticsearch action line was skipped.",
    "{count} Elasticsearch action lines were skipped.",
)
DOCUMENTS = Remark(
    "1 session was taken out of its `_source`.",
    "{count} sessions were taken out of their `_source`.",
)
LISTS = Remark(
    "1 object was read as the list of sessions that it holds.",
    "{count} objects were read as the lists of sessions that they hold.",
)

_LISTS = ("userSessions", "sessions")
_PASSED, _CHANGING = ("index", "create"), ("update", "delete")
MARKS = frozenset((
    *_LISTS, *_PASSED, *_CHANGING, "_source", "hits", "columnNames", "branchNames", "error",
))  # fmt: skip
"""A wrapping has one of these."""

_MOST_NESTED = 5


def may_wrap(names: Iterable[object]) -> bool:
    """Whether rows with these members or columns may be wrappings."""
    return not MARKS.isdisjoint(names)


def unwrapped(value: object, path: str = "", depth: int = 0) -> Iterator[Wrapped] | None:
    """The contents of a wrapping, in order, with their paths; ``None`` if ``value`` is not a
    wrapping."""
    if not isinstance(value, Mapping) or not may_wrap(value) or depth > _MOST_NESTED:
        return None
    if "userSessionId" in value or not children().isdisjoint(value):
        return None  # a session, whatever else it has
    for form in (_action, _document, _search, _lists, _response, _other):
        contents = form(value, path, depth)
        if contents is not None:
            return contents
    return None


def _inner(value: object, path: str, depth: int) -> Iterator[Wrapped]:
    contents = unwrapped(value, path, depth + 1)
    if contents is None:
        yield Unwrapped(path, value)
    else:
        yield from contents


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def is_action(value: object, names: Collection[str] = _PASSED) -> bool:
    """Whether a line is one of these actions, which tell Elasticsearch what to do with the next
    line."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    [(name, target)] = value.items()
    return name in names and isinstance(target, Mapping) and all(map(_is_of_action, target))


def _is_of_action(name: object) -> bool:
    return isinstance(name, str) and (
        name.startswith("_")
        or name in ("routing", "version", "version_type", "pipeline", "require_alias", "op_type")
    )


def _action(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    if is_action(value):
        return iter([ACTIONS])
    if not is_action(value, _CHANGING):
        return None
    [name] = value
    reason = f"an Elasticsearch line that would {name} a document; export the documents themselves"
    return iter([Refused(NoSession(path, reason), value)])


def _document(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    if not isinstance(value.get("_source"), Mapping):
        return None

    def entries() -> Iterator[Wrapped]:
        yield DOCUMENTS
        yield from _inner(value["_source"], _joined(path, "_source"), depth)

    return entries()


def _search(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    """The sessions in the answer to an Elasticsearch search."""
    outer = value.get("hits")
    hits = outer.get("hits") if isinstance(outer, Mapping) else None
    if not isinstance(hits, list):
        return None
    at = _joined(path, "hits.hits")
    return (item for i, hit in enumerate(hits) for item in _inner(hit, f"{at}[{i}]", depth))


def _lists(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    held = [name for name in _LISTS if isinstance(value.get(name), list)]
    if not held:
        return None

    def entries() -> Iterator[Wrapped]:
        yield LISTS
        for name in held:
            for i, entry in enumerate(value[name]):
                yield from _inner(entry, f"{_joined(path, name)}[{i}]", depth)

    return entries()


def _response(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    if not isinstance(value.get("columnNames"), list) or not isinstance(value.get("values"), list):
        return None
    return sessions_of(value, path)


def _other(value: Mapping[str, Any], path: str, depth: int) -> Iterator[Wrapped] | None:
    """Answers of the vendor's server that hold no sessions."""
    if not session_names().isdisjoint(value):
        return None
    if isinstance(value.get("branchNames"), list):
        reason = "a tree response holds groups and no sessions; ask for a table, without grouping"
        return iter([Refused(NoSession(path, reason), value)])
    error = value.get("error")
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        reason = f"a response of the server that reports an error: {error['message'][:200]}"
        return iter([Refused(NoSession(path, reason), value)])
    return None
