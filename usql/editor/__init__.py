"""Editor services: pure functions of text, offset and catalog, independent of any editor.

The language server, the shell and the command line share this core. Nothing here reads data: what
the data contains (fields, property keys, values) is passed in with the catalog or as a function.
"""
