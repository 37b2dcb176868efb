"""The OpenID Provider: one file per endpoint and per grant; the only package that imports authlib.

The authorization endpoint checks a request in the order of one visible list, asks `login` for a session, and answers with a
code. The token endpoint, introspection and revocation run on authlib's server, grants and endpoints. Nobody but `login` decides
whether a person is signed in, and nobody but `keys` signs.
"""
