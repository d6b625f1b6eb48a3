"""Flat batches of sessions: taken apart into tables, compared, and made columns of a store."""
