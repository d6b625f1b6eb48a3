"""Rows converted back to the export's nested layout, and written to files."""
