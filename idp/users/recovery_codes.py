"""Recovery codes (NIST SP 800-63B-4 section 4.2.1.1): ten, shown once, stored as digests, each used once."""

import base64
import hashlib
import os

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import RecoveryCode, User
from idp.storage.holding import hold_by_id

COUNT = 10
_RANDOM_BYTES = 10  # 80 bits; the guideline asks for 64


def create_recovery_codes(session: Session, clock: Clock, user_id: str) -> list[str]:
    """Replace the user's codes; return the new ones, which exist nowhere else."""
    hold_by_id(session, User, user_id)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [_generate() for _ in range(COUNT)]
    now = clock.now()
    session.add_all(RecoveryCode(user_id=user_id, digest=_digest(user_id, code), created_at=now) for code in codes)
    session.flush()
    return codes


def use_recovery_code(session: Session, clock: Clock, user_id: str, code: str) -> bool:
    """Consume *code*; return whether it was one of the user's unused ones. One of simultaneous callers wins."""
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.digest == _digest(user_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def count_unused_codes(session: Session, user_id: str) -> int:
    """Return how many codes are left."""
    return (
        session.scalar(select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0
    )


def delete_recovery_codes(session: Session, user_id: str) -> None:
    """Delete the user's codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _generate() -> str:
    text = base64.b32encode(os.urandom(_RANDOM_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(user_id: str, code: str) -> str:
    plain = "".join(character for character in code.lower() if character.isalnum())
    # People read 0 for o and 1 for l; neither digit occurs in base32.
    plain = plain.replace("0", "o").replace("1", "l")
    return hashlib.sha256(f"{user_id}:{plain}".encode()).hexdigest()
