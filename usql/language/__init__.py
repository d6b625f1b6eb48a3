"""Text to tree: words, rules, literals, formatting. Knows no field, no table, no data."""
