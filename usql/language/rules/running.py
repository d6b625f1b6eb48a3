"""Reasons for ending a running query, and for not drawing its result, USQL8xx (LANGUAGE.md §11)."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

RUNNING_RULES = (
    Rule(
        "USQL801",
        "sum-overflow",
        Severity.ERROR,
        "8.14",
        "A SUM is too large for 64 bits.",
        explanation="A `SUM` is larger than 64 bits can hold. Sum fewer rows, or a field in a larger "
        "unit.",
    ),
    Rule(
        "USQL802",
        "timeout",
        Severity.ERROR,
        "11.6",
        "The query took longer than its time limit.",
        explanation="The query took longer than its time limit (`--timeout`, in Python `timeout`).",
    ),
    Rule(
        "USQL803",
        "memory-limit",
        Severity.ERROR,
        "11.6",
        "The query would use more memory than is available to it.",
        explanation="The query would use more memory than is available to it. Select less, or raise "
        "`--memory-limit` (in Python `memory_limit`).",
    ),
    Rule(
        "USQL804",
        "cancelled",
        Severity.ERROR,
        "11.6",
        "The query was cancelled while it ran.",
    ),
    Rule(
        "USQL805",
        "undrawable",
        Severity.ERROR,
        "11.8",
        "The result cannot be drawn as this kind of chart.",
        explanation="The columns of the result are not those that this kind of chart needs. The message names the "
        "kinds that fit the result, if any; `auto`, the default, chooses one of them.",
    ),
)
"""Rules that only a running query can break, or its result."""
