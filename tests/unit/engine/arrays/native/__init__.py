"""Kernels, in both of their forms, against plain Python."""
