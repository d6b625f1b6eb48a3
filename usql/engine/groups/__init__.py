"""Groups: which there are, and what their metrics are."""
