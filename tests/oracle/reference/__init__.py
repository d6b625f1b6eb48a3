"""A slow evaluator of queries over plain dicts: the engine's second witness.

Written from the language's rules alone. It shares the syntax tree with usql and nothing else: no
numpy, no Arrow, no bound query. Every value of every row is looked at, in the simplest way that
could be right.
"""

from __future__ import annotations

from tests.oracle.reference.evaluate import Answer, NotModelled, evaluate

__all__ = ["Answer", "NotModelled", "evaluate"]
