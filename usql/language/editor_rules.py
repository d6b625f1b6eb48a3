"""All rules of the editor, generated of what usql/editor/rules declares by ``python -m tests.tools.docs``."""

from __future__ import annotations

# fmt: off
DECLARED: tuple[tuple[str, str, str, str, str, str], ...] = (
    ('USQL607', 'never-true', 'warning', '5.10',
     'The condition cannot hold: its parts exclude each other.', 'unsafe'),
    ('USQL608', 'always-true', 'warning', '5.9',
     'The condition holds in every row.', 'unsafe'),
    ('USQL609', 'unfiltered-children', 'warning', '5.12',
     'WHERE selects sessions; the list shows all of their rows, not only those that it asks for.', 'by hand'),
    ('USQL610', 'like-without-wildcard', 'warning', '6.2',
     'A LIKE pattern without a wildcard is an equality.', 'safe'),
    ('USQL611', 'order-without-effect', 'warning', '7.12',
     'An ORDER BY column cannot change the order.', 'safe'),
    ('USQL612', 'high-cardinality', 'warning', '8.41',
     'COUNT(DISTINCT …) of a field with very many values is expensive and estimated.', 'unsafe'),
    ('USQL615', 'unknown-key', 'warning', '1.24',
     'The loaded data has no property of this key.', 'unsafe'),
    ('USQL616', 'unknown-value', 'warning', '5.14',
     'The loaded data does not have the value, but a similar one that may have been meant.', 'unsafe'),
    ('USQL704', 'use-in', 'information', '5.4',
     'Several equalities of one field joined by OR are one IN.', 'safe'),
    ('USQL705', 'use-not-in', 'information', '5.4',
     'Several inequalities of one field joined by AND are one NOT IN.', 'safe'),
    ('USQL706', 'default-limit', 'information', '10.4',
     'Without LIMIT the profile shows the first groups only.', 'unsafe'),
)
