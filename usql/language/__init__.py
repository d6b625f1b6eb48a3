"""From text to a syntax tree: tokens, grammar, literals, formatting. Knows no fields, tables or
data."""
