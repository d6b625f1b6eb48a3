"""The aggregates, one file each, and the code that they share.

An aggregate has a *state* per group and three steps: *add* rows to it, *merge* states, *finish* it.
``state`` defines the columns of states and how each merges; ``aggregate`` is the declaration of an
aggregate; ``passes`` adds up the additive columns of all metrics in one pass; ``slot_states`` reads
them; ``value_pairs`` collects values; ``registry`` finds the aggregate of a function among the
declarations ``AGGREGATES`` of the other files.
"""
