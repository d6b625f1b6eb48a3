"""What counts as a session (LANGUAGE.md §10a), and what sessions may be wrapped in."""
