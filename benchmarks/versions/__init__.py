"""Two checkouts of usql beside each other, the same questions over the same sessions."""
