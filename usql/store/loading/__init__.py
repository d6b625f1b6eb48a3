"""Reading: the readers, the choice of one for a source, and the sink that all of them fill."""
