"""What writes each format of ``usql.formats``, a module of its name.

That of a text has ``pieces``, which makes it as UTF-8 in pieces of a batch of rows each; that of a
format that is no text has ``write``, which writes it to a binary file.
"""
