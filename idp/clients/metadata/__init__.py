"""What may be registered about a client, and what of it goes together.

The names are those of RFC 7591 section 2, OpenID Connect Dynamic Client Registration 1.0 section 2 and their extensions; settings
that no specification has are named like their columns. Dynamic registration, the command line and the admin API all come through
`idp.clients.metadata.document`.
"""
