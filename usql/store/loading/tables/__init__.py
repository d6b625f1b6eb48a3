"""Readers of sources with a schema: Parquet, Arrow, data frames, datasets, Delta Lake and
Iceberg."""
