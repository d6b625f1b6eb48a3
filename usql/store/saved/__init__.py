"""Saved stores: folders that are opened by memory map."""
