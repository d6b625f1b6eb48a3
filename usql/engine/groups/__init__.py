"""Groups: which groups there are, and the values of their metrics."""
