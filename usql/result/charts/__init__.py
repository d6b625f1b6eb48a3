"""Charts: what of a result is drawn, and as which kind."""
