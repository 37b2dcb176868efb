"""How long a key is published before it signs.

Whoever verifies a token may hold a key set that was fetched some time ago, from a worker that had read its keys a moment before.
A key that has been published for longer than both together is in every key set there is.
"""

from datetime import timedelta

JWKS_LIFETIME = timedelta(seconds=60)
"""How long anybody may keep our key set (`max-age`, RFC 9111 section 5.2.2.1)."""

PUBLISHED_AHEAD = JWKS_LIFETIME + timedelta(seconds=10)
"""With a second for the workers' caches, and room for clocks that differ and transactions that take their time."""
