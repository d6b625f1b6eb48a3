"""Resolving the names of sources: files, folders, patterns, URLs, saved stores and tables of other
systems."""
