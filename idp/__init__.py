"""Countersign: an OpenID Provider for signing in with a password and an X.509 client certificate."""

__version__ = "0.1.0"
