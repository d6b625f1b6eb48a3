"""Mutation testing, see the README beside this file."""
