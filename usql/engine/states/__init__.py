"""Results of parts of the data, as states that can be merged in any order and in several steps.

A part answers a query with *states* (``groups``, ``rows``, ``funnels``), which are sent as Arrow
tables (``wire``, ``columns``). States of several parts merge into states of all their sessions.
From these the answer is computed as from the rows themselves: for groups by the plan above the
Group node (``finish``). ``partial`` says what each part computes. Nothing here knows who runs the
parts, or where.
"""
