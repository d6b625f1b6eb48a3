"""The small changes of a file: mutmut's, without those that can hardly do anything but raise."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import (
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    WhitespaceInclusivePositionProvider,
)
from mutmut.mutation.mutators import mutation_operators

_NEVER = {"len", "isinstance"}
"""Calls whose arguments are not changed: that only raises."""

Place = tuple[str, str, int]
"""A function: its file, its qualified name and its first line."""


@dataclass(frozen=True)
class Mutant:
    """One change: the node and what stands in its place, inside an outermost function."""

    file: Path
    module: cst.Module
    text: str
    place: Place
    start: int
    line: int
    lines: frozenset[int]
    old: cst.CSTNode
    new: cst.CSTNode

    def source(self) -> str:
        """The file with the change."""
        whole, old = self.text, self.module.code_for_node(self.old)
        if whole[self.start : self.start + len(old)] != old:  # a statement of several lines
            changed = self.module.deep_replace(self.old, self.new)
            assert isinstance(changed, cst.Module)
            return changed.code
        new = self.module.code_for_node(self.new)
        return whole[: self.start] + new + whole[self.start + len(old) :]

    def diff(self) -> str:
        """The lines that differ."""
        lines = difflib.unified_diff(
            self.text.splitlines(), self.source().splitlines(), n=1, lineterm=""
        )
        return "\n".join(x for x in lines if not x.startswith(("---", "+++", "@@")))


class _Changes(cst.CSTVisitor):
    """All mutants of a file. What runs when a function is defined, and what is never computed,
    stays: decorators, defaults, annotations, assertions."""

    METADATA_DEPENDENCIES = (
        PositionProvider, WhitespaceInclusivePositionProvider, ParentNodeProvider,
    )  # fmt: skip

    def __init__(self, file: Path, module: cst.Module) -> None:
        super().__init__()
        self.file = file
        self.module = module
        self.mutants: list[Mutant] = []
        self.text = module.code
        self._starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._names: list[str] = []
        self._outermost: tuple[cst.FunctionDef, Place] | None = None

    def on_visit(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Annotation() | cst.Decorator() | cst.Param() | cst.Assert():
                return False
            case cst.Call(func=cst.Name(value=name)) if name in _NEVER:
                return False
            case cst.ClassDef(name=cst.Name(value=name)):
                self._names.append(name)
            case cst.FunctionDef(name=cst.Name(value=name)) if self._outermost is None:
                first = self.get_metadata(PositionProvider, node).start.line - len(node.decorators)
                qualified = ".".join([*self._names, name])
                self._outermost = node, (str(self.file), qualified, first)
        if self._outermost is not None:
            self._change(node, self._outermost[1])
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.ClassDef):
            self._names.pop()
        elif self._outermost is not None and original_node is self._outermost[0]:
            self._outermost = None

    def _change(self, node: cst.CSTNode, place: Place) -> None:
        for kind, operator in [*mutation_operators, (cst.CSTNode, _negated)]:
            if not isinstance(node, kind):
                continue
            for new in operator(node):
                if isinstance(new, cst.SimpleString) and "XX" not in new.value:
                    continue  # one change of a text is enough
                if _only_raises(node, new):
                    continue
                line, lines = self._where(node)
                first = self.get_metadata(WhitespaceInclusivePositionProvider, node).start
                start = self._starts[first.line - 1] + first.column
                self.mutants.append(
                    Mutant(self.file, self.module, self.text, place, start, line, lines, node, new)
                )

    def _where(self, node: cst.CSTNode) -> tuple[int, frozenset[int]]:
        """The line of a node, and those of which one runs if the node is computed."""
        inside: cst.CSTNode = node
        while not isinstance(
            inside, cst.SimpleStatementLine | cst.BaseCompoundStatement | cst.MatchCase
        ):
            inside = self.get_metadata(ParentNodeProvider, inside)
        whole = self.get_metadata(PositionProvider, inside)
        if isinstance(inside, cst.SimpleStatementLine):
            first = self.get_metadata(PositionProvider, node, whole).start.line
            return first, frozenset(range(whole.start.line, whole.end.line + 1))
        if inside is node:
            return whole.start.line, frozenset([whole.start.line])
        own = self.get_metadata(PositionProvider, node, whole)
        return own.start.line, frozenset(
            [*range(own.start.line, own.end.line + 1), whole.start.line]
        )


def _negated(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The opposite of a condition in which mutmut changes nothing."""
    if isinstance(node, cst.If | cst.While | cst.CompIf) and isinstance(
        node.test, cst.Name | cst.Attribute | cst.Call
    ):
        yield node.with_changes(
            test=cst.UnaryOperation(
                cst.Not(), node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            )
        )


def _only_raises(old: cst.CSTNode, new: cst.CSTNode) -> bool:
    """Whether a change can hardly do anything but raise: ``None`` for what is assigned or passed by
    position, and a missing argument before the last."""
    match old, new:
        case cst.Assign(), cst.Assign(value=cst.Name(value="None")):
            return True
        case cst.AnnAssign(), cst.AnnAssign(value=cst.Name(value="None")):
            return True
        case cst.Call(args=before), cst.Call(args=after) if len(after) == len(before):
            return any(
                x is not y and y.keyword is None and isinstance(y.value, cst.Name)
                and y.value.value == "None"
                for x, y in zip(before, after, strict=True)
            )  # fmt: skip
        case cst.Call(args=before), cst.Call(args=after) if len(after) < len(before):
            gone = next((n for n, x in enumerate(after) if x is not before[n]), len(after))
            return before[gone].keyword is None and gone != len(after)
    return False


def mutants_of(file: Path) -> list[Mutant]:
    """All mutants of a file."""
    wrapper = MetadataWrapper(cst.parse_module(file.read_text(encoding="utf-8")))
    changes = _Changes(file, wrapper.module)
    wrapper.visit(changes)
    return changes.mutants
