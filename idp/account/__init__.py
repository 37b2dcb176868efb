"""The dashboard: a first-party OpenID client of its own realm, so that there is one login path."""
