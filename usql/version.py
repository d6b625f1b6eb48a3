"""Which version of usql this is: the one place in the program that says so."""

__version__ = "0.1.0"
