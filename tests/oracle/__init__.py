"""Independent witnesses: a slow second evaluator, generated questions, what answers have in common."""
