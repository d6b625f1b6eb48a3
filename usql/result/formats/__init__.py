"""The formats of results, a module each, which declares its ``FORMAT`` and writes it.

That of a text has ``pieces``, which makes it as UTF-8 in pieces of a batch of rows each; that of a
format that is no text has ``write``, which writes it to a binary file. ``usql.formats`` knows them
by what is generated of the declarations, so that none is imported before it writes.
"""
