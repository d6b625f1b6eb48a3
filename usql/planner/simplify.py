"""Rule: remove nested lists, double negations and parts that always or never hold from
conditions."""

from __future__ import annotations

from usql.analysis.bound import AllOf, AnyOf, Condition, Negation
from usql.planner.plan import Filter, Plan
from usql.planner.rewrite import rewrite

_ALWAYS, _NEVER = AllOf(()), AnyOf(())


def simplify_filters(plan: Plan) -> Plan:
    """Simplify every filter; a filter that always holds is removed."""

    def visit(node: Plan) -> Plan:
        if not isinstance(node, Filter):
            return node
        condition = simplify_condition(node.condition)
        return node.input if condition == _ALWAYS else Filter(node.input, condition)

    return rewrite(plan, visit)


def simplify_condition(node: Condition) -> Condition:
    """An equivalent condition with fewer parts."""
    match node:
        case Negation(part=part):
            inner = simplify_condition(part)
            if isinstance(inner, Negation):
                return inner.part
            if inner in (_ALWAYS, _NEVER):
                return _NEVER if inner == _ALWAYS else _ALWAYS
            return Negation(inner)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            kind = type(node)
            decided = _NEVER if kind is AllOf else _ALWAYS
            flat: list[Condition] = []
            for part in map(simplify_condition, parts):
                if part == decided:
                    return decided
                flat += part.parts if isinstance(part, kind) else [part]
            flat = list(dict.fromkeys(flat))
            return flat[0] if len(flat) == 1 else kind(tuple(flat))
    return node
