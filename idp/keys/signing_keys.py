"""Create, rotate and remove a realm's signing keys (JWK, RFC 7517; algorithms, RFC 7518 section 3.1)."""

from collections.abc import Sequence
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.models import Realm, SigningKey

PRIVATE_KEY_CONTEXT = "signing_key.private_key"
ALGORITHMS = ("RS256", "ES256")
_RSA_BITS = 2048  # RFC 7518 section 3.3


def create_signing_keys(session: Session, cipher: Cipher, clock: Clock, realm_id: str) -> list[SigningKey]:
    """Insert one active key for each algorithm and return them."""
    return [_create_key(session, cipher, clock, realm_id, algorithm) for algorithm in ALGORITHMS]


def rotate_signing_keys(session: Session, cipher: Cipher, clock: Clock, realm_id: str) -> list[SigningKey]:
    """Make new keys active and return them; the old ones sign no more and stay published for verification."""
    purge_retired_keys(session, clock, realm_id)
    for key in _list_keys(session, realm_id, "active"):
        key.status, key.retired_at = "retired", clock.now()
    return create_signing_keys(session, cipher, clock, realm_id)


def purge_retired_keys(session: Session, clock: Clock, realm_id: str) -> int:
    """Delete the keys whose tokens have all expired, and return how many.

    An ID Token may come back as a hint for as long as its session lasts, which is longer than it is valid itself.
    """
    realm = session.get_one(Realm, realm_id)
    longest = timedelta(seconds=max(realm.session_lifetime, realm.access_token_lifetime))
    expired = [
        key.id
        for key in _list_keys(session, realm_id, "retired")
        if key.retired_at is not None and key.retired_at + longest < clock.now()
    ]
    if expired:
        session.execute(delete(SigningKey).where(SigningKey.id.in_(expired)))
    return len(expired)


def _list_keys(session: Session, realm_id: str, status: str) -> Sequence[SigningKey]:
    return session.scalars(select(SigningKey).where(SigningKey.realm_id == realm_id, SigningKey.status == status)).all()


def _create_key(session: Session, cipher: Cipher, clock: Clock, realm_id: str, algorithm: str) -> SigningKey:
    key = _generate(algorithm)
    private = key.raw_value.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[union-attr]
    kid = key.thumbprint()
    row = SigningKey(
        realm_id=realm_id,
        kid=kid,
        algorithm=algorithm,
        status="active",
        public_jwk={**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": "sig"},
        private_key_encrypted=cipher.encrypt(private, PRIVATE_KEY_CONTEXT),
        created_at=clock.now(),
        activated_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _generate(algorithm: str) -> RSAKey | ECKey:
    if algorithm == "RS256":
        return RSAKey.generate_key(_RSA_BITS, private=True)
    return ECKey.generate_key("P-256", private=True)
