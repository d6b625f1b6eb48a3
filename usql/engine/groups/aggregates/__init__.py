"""The aggregates: how rows are added to a state, states merged, and values finished."""
