"""Formatting values as text, a whole column at a time: numbers, times, cells, lines of JSON and
CSV."""
