"""Readers of what has a schema: Parquet, Arrow, data frames, datasets, Delta Lake and Iceberg."""
