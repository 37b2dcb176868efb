"""NIST's Public Key Interoperability Test Suite."""
