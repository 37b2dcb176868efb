"""Why nothing was fetched. The texts are for the log: a stranger who reads them could map the network with them."""

from idp.errors import IdpError


class FetchError(IdpError):
    """Nothing came of it."""


class FetchRefused(FetchError):
    """The address is not one that may be fetched; nothing was sent."""


class FetchFailed(FetchError):
    """The host cannot be reached, takes too long, or answers with something that is no use."""
