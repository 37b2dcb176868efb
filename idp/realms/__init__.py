"""Realms and their policy."""
