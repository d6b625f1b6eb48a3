"""Rows in the export's nested layout again, and files of them."""
