"""Why nothing new is known of revocation. The texts are for administrators."""

from idp.errors import IdpError


class NothingLearnt(IdpError):
    """A source of revocation is of no use at the moment; what is held already stays as it is."""


class SourceSilent(NothingLearnt):
    """It cannot be reached, takes too long, or answers with something that is not even read."""


class ListRefused(NothingLearnt):
    """A revocation list is not believed."""


class AnswerRefused(NothingLearnt):
    """An OCSP answer is not believed."""
