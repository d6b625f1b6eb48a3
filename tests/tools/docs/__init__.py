"""The pages of ``docs``: those that are generated, and what the others show."""
