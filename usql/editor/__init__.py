"""Editor services: pure functions of text, offset and catalog that know no editor.

One core for the language server, the shell and the command line. Nothing here reads data: what
the data knows (fields, property keys, values) comes in with the catalog or as a function.
"""
