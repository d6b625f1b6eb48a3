"""What goes wrong: faults, fuzzing, load, limits, and input from people whom nobody trusts."""
