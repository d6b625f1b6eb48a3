"""The forms that values take while loading: canonical types, text and JSON, and Arrow arrays."""
