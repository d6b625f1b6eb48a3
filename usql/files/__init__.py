"""Files: text encodings, atomic writing, and locks between processes."""
