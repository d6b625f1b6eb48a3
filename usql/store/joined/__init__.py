"""Several stores, and what was read, joined into one."""
