"""What values look like on their way: canonical types, text and JSON, and columns as Arrow arrays."""
