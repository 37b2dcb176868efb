"""The one way to fetch an address that somebody else named, guarded against reaching what only this server can reach.

Key sets, request objects, sector identifiers, logout notices and logos come from addresses that clients register. Whoever registers
one must not be able to have this server look around in its own network (server-side request forgery), wait for ever, or fill its
memory.
"""
