"""Sessions in parts: a query is run on each part, wherever it is, and the results are merged.

``dataset`` defines a set of parts; an executor runs tasks over them.
"""
