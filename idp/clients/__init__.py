"""Relying applications: what is registered about them."""
