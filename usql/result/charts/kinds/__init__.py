"""The kinds of charts: each module declares its ``KIND`` and draws it.

``fits`` says whether a result can be drawn so, ``suits`` whether that is what one would expect of
it; ``view`` draws it, as a Vega-Lite specification. ``usql.formats.kinds`` lists the kinds in a
table generated from the declarations, so that no module is imported before it is used.
"""
