"""Rows of one table: which rows a query reads, and the values of expressions for each."""
