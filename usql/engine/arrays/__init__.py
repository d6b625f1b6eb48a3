"""Arrays and columns of values, whatever they mean: kernels, vectors, orders and dates."""
