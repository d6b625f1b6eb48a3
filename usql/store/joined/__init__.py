"""Several stores, and what was read, as one."""
