"""The shell: queries typed one after another, answered on the spot.

``shell`` answers and keeps the settings and needs no terminal; ``prompt`` is the line editor around
it (prompt_toolkit), which uses the services of ``usql.editor``.
"""
