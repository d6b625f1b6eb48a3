"""Numbers and times at their limits, against Python's own arithmetic, by every way into the engine."""
