"""The shell: questions typed one after another, answered on the spot.

``shell`` holds what is asked and set and needs no terminal; ``prompt`` is the line editor around
it (prompt_toolkit), fed by the services of ``usql.editor``.
"""
