"""The lookup that a login makes: whether anything on a path is revoked (RFC 5280 section 6.3, RFC 6960).

First what is held already is looked at, for the whole path; only for what that does not answer is somebody asked, with little
time. What cannot be had in it is left to the background. Every certificate below the anchor is looked at, the anchor itself never.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from cryptography import x509

from idp.pki.anchor_settings import RevocationMethod, RevocationSettings
from idp.pki.foreign_revocation.asking import Budget, ask_for_answer, ask_for_lists
from idp.pki.foreign_revocation.held import find_held_answer, note_use
from idp.pki.foreign_revocation.held_lists import find_listed
from idp.pki.foreign_revocation.questions import Question, Standing
from idp.pki.foreign_revocation.sources import Means
from idp.pki.foreign_status import Assurance
from idp.pki.names import printable
from idp.pki.presented import read_facts
from idp.pki.rejections import CertificateRevoked, StatusUnknown

LOOKUP_SECONDS = 5.0
"""How long a login waits in all, for however many certificates and servers."""
_LIST, _ANSWER = "list", "answer"
_ORDER = {
    RevocationMethod.NONE: (),
    RevocationMethod.CRL: (_LIST,),
    RevocationMethod.OCSP: (_ANSWER,),
    RevocationMethod.CRL_THEN_OCSP: (_LIST, _ANSWER),
    RevocationMethod.OCSP_THEN_CRL: (_ANSWER, _LIST),
}
_Look = Callable[[Question], Standing]


class ForeignStatus:
    """Looks up the revocation of paths, as `idp.pki.foreign_status.StatusLookup` says; safe for use by many threads at once.

    It has transactions of its own and holds none while it waits for a server, so it is best called outside of one.
    """

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, anchor_id: str, settings: RevocationSettings, path: tuple[x509.Certificate, ...]) -> Assurance:
        """Return how sure it is that none of *path* (end entity first, anchor last) is revoked.

        Raises `CertificateRevoked` where one is, and `StatusUnknown` where it cannot be learnt and the settings fail closed.
        """
        if settings.method is RevocationMethod.NONE:
            return Assurance.NOT_DEMANDED
        questions = [Question(anchor_id, settings, certificate, issuer) for certificate, issuer in pairwise(path)]
        budget = Budget(LOOKUP_SECONDS)
        unknown = _find_unknown(path, questions, self._find)
        unknown = _find_unknown(path, unknown, lambda question: self._ask(question, budget))
        if not unknown:
            return Assurance.CHECKED
        if settings.fail_open:
            return Assurance.FAILED_OPEN
        raise StatusUnknown(_describe(unknown[0], "is not known to be unrevoked"), read_facts(path[0]))

    def _find(self, question: Question) -> Standing:
        """Return what is held and was asked first; that it is revoked, whoever says so."""
        now = self._means.clock.now()
        with self._means.database.transaction() as session:
            note_use(session, self._means.clock, question)
            finders = {_LIST: find_listed, _ANSWER: find_held_answer}
            held = [finders[kind](session, question, now) for kind in _ORDER[question.settings.method]]
        return Standing.REVOKED if Standing.REVOKED in held else held[0]

    def _ask(self, question: Question, budget: Budget) -> Standing:
        """Return what somebody says who is asked now."""
        askers = {_LIST: ask_for_lists, _ANSWER: ask_for_answer}
        standings = (askers[kind](self._means, question, budget) for kind in _ORDER[question.settings.method])
        return next((standing for standing in standings if standing is not Standing.UNKNOWN), Standing.UNKNOWN)


def _find_unknown(path: tuple[x509.Certificate, ...], questions: Iterable[Question], look: _Look) -> list[Question]:
    """Return the questions that *look* does not answer; raise `CertificateRevoked` at the first answer that is that."""
    unknown = []
    for question in questions:
        standing = look(question)
        if standing is Standing.REVOKED:
            raise CertificateRevoked(_describe(question, "is revoked by its issuer"), read_facts(path[0]))
        if standing is Standing.UNKNOWN:
            unknown.append(question)
    return unknown


def _describe(question: Question, what: str) -> str:
    return f"{printable(question.certificate.subject.rfc4514_string())[:200]} {what}"
