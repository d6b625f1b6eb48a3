"""The language server: the editor services over the Language Server Protocol."""
