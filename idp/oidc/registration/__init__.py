"""Dynamic client registration (OpenID Connect Dynamic Client Registration 1.0, RFC 7591) and its management (RFC 7592)."""
