"""Metamorphic relations: what must hold between the answers to related questions.

No oracle is needed: a condition and its negation share the rows out, two halves of the data add up
to the whole, a saved store answers like the one that was saved. Each relation is a function that
asks and compares; ``test_generated`` tries them on generated sessions and queries, ``test_sample``
on sessions that fill several morsels, blocks and indexes.
"""
