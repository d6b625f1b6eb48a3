"""Where the bytes of a source are, and what is reported about them."""
