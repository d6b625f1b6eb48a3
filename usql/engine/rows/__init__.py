"""Rows of one table: which of them a query reads, and what expressions give for each."""
