"""Where the bytes of a source are, and what is told of them."""
