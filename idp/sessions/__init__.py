"""Signed-in sessions of browsers, and the token families begun in them."""
