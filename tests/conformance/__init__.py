"""The OpenID Foundation's certification plans, a test for each module; docs/conformance.md lists them."""
