"""Why nothing new is known of revocation. The texts are for administrators."""

from idp.errors import IdpError
from idp.pki.names import printable

_DETAIL_LENGTH = 255


class NothingLearnt(IdpError):
    """A source of revocation is of no use at the moment; what is held already stays as it is.

    The text may repeat what a stranger's server has sent, and is made fit to be read and stored.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(printable(detail)[:_DETAIL_LENGTH])


class SourceSilent(NothingLearnt):
    """It cannot be reached, takes too long, or answers with something that is not even read."""


class ListRefused(NothingLearnt):
    """A revocation list is not believed."""


class AnswerRefused(NothingLearnt):
    """An OCSP answer is not believed."""
