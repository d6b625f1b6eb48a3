"""Each part by itself: the tree is that of the source."""
