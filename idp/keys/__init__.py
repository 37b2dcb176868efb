"""A realm's signing keys, and the JWTs made and verified with them.

Rows hold private keys encrypted; a `KeyRing` is what a request uses: keys imported once, the JWKS as ready bytes.
"""
