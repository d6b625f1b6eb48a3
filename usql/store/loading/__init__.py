"""Reading: which reader takes a source, and the sink that all of them fill."""
