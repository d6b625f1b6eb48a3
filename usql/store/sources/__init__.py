"""What names mean: files, folders, patterns, URLs, saved stores and tables of other systems."""
