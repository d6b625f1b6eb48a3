"""Flat batches of sessions: split into tables, compared, and encoded as the columns of a store."""
