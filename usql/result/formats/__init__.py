"""The formats of results: each module declares its ``FORMAT`` and writes it.

The module of a text format has ``pieces``, which yields it as UTF-8 in pieces of one batch of rows;
that of a binary format has ``write``, which writes it to a binary file. ``usql.formats`` lists them
in a table generated from the declarations, so that no module is imported before it is used.
"""
