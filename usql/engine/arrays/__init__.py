"""Arrays and columns of values, independent of queries: kernels, vectors, sorting and dates."""
