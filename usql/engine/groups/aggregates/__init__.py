"""The aggregates: one file each, with what they share.

An aggregate has a *state* per group and three steps: *add* rows to it, *merge* states, *finish* it.
``state`` says of which columns a state is made and how each merges; ``aggregate`` is what an
aggregate declares; ``passes`` adds up the additive columns of all metrics in one pass; ``totals``
reads them; ``value_pairs`` collects values; ``registry`` finds the aggregate of a function by what
the other files declare in ``AGGREGATES``.
"""
