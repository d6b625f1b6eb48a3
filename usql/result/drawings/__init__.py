"""Drawings of results for people: tables, charts and funnels."""
