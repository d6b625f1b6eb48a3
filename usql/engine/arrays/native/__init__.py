"""Kernels in C, each with a plain numpy form that says what it does and stands in for it.

A module has the Python edge of the C file of its name. Every function checks what the library relies
on: types, lengths, and that arrays are contiguous. Numbers that choose a place in a table are checked
where they are used, in both forms; a number out of place is an ``IndexError``, after which the table
may hold a part of the result. Types that the library does not know are left to numpy.
"""
