"""Preparing and running a query: from text and options to a plan, and the explanations of its
answer."""
