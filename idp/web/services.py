"""What every request needs, put together once in `idp.app`."""

from dataclasses import dataclass, field

from idp.clients.registration import ClientRegistration
from idp.clock import Clock
from idp.encryption import Cipher
from idp.fetching.documents import DocumentCache
from idp.fetching.fetcher import Fetcher
from idp.keys.keyring import KeyRing
from idp.pki.authority_keys import AuthorityKeyStore
from idp.pki.foreign_revocation.sources import Means
from idp.pki.foreign_status import StatusLookup
from idp.pki.trust import TrustStore
from idp.realms.policy import RealmPolicy
from idp.settings import Settings
from idp.storage.cache import MomentaryCache
from idp.storage.database import Database
from idp.storage.ephemeral import EphemeralStore
from idp.themes import Themes
from idp.users.passwords import PasswordHasher
from idp.web.threads import WorkerThreads

FORM_THREADS = 12


@dataclass(frozen=True)
class Services:
    """The parts that outlive a request. The caches hold what the database said less than a second ago."""

    settings: Settings
    clock: Clock
    database: Database
    ephemeral: EphemeralStore
    cipher: Cipher
    authority_keys: AuthorityKeyStore
    """Where the authorities' keys are: in the database, or in a module."""
    themes: Themes
    passwords: PasswordHasher
    fetcher: Fetcher
    """The one way to an address that a client has registered."""
    documents: DocumentCache
    """Key sets and the like, which are fetched again and again."""
    foreign_means: Means
    """What taking in foreign authorities' lists and OCSP answers needs."""
    foreign_status: StatusLookup
    """Looks up whether something on a path to a foreign anchor is revoked."""
    csrf_key: bytes
    subject_key: bytes
    """Makes the names by which sectors know people; it must never change, as they would all become strangers."""
    realms: MomentaryCache[str, RealmPolicy | None]
    """Realm by name."""
    clients: MomentaryCache[tuple[str, str], ClientRegistration | None]
    """Client by realm id and client_id."""
    keyrings: MomentaryCache[str, KeyRing]
    """Signing keys by realm id."""
    trust: MomentaryCache[str, TrustStore]
    """Trust anchors by realm id."""
    threads: WorkerThreads = field(default_factory=WorkerThreads)
    form_threads: WorkerThreads = field(default_factory=lambda: WorkerThreads(limit=FORM_THREADS))
    """For people's forms, which hash passwords and make keys: however many wait there, everything else goes on."""
