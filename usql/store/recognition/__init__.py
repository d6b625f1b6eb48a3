"""What is a session (LANGUAGE.md §10a), and what sessions are wrapped in."""
