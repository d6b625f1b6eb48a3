"""What completion offers, by the kind of place at the cursor."""
