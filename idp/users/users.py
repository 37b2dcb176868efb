"""Find and create accounts."""

import re
import unicodedata

from sqlalchemy import Table, bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import User
from idp.models.user import normalise
from idp.storage.transaction import Transaction
from idp.users.newcomers import welcome
from idp.users.passwords import MAX_LENGTH, PasswordHasher

UPDATE_PASSWORD = "UPDATE_PASSWORD"  # noqa: S105 (a required action)
_USERNAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,255}")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}  # what shows as nothing would make two accounts look the same
_USER: Table = User.__table__  # type: ignore[assignment]
_BY_LOGIN = select(_USER).where(
    _USER.c.realm_id == bindparam("realm"),
    or_(_USER.c.username == bindparam("login"), _USER.c.email == bindparam("login")),
)
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,189}")


def create_user(
    session: Session,
    hasher: PasswordHasher,
    clock: Clock,
    *,
    realm_id: str,
    username: str,
    password: str | None,
    email: str | None = None,
    email_verified: bool = False,
    given_name: str = "",
    family_name: str = "",
    person: bool = True,
) -> User:
    """Insert an account, a *person*'s with what new people get; raise `InvalidInput` or `Conflict`."""
    now = clock.now()
    user = User(
        realm_id=realm_id,
        username=verify_username(username),
        email=None if email is None else verify_email(email),
        email_verified=email_verified,
        given_name=given_name,
        family_name=family_name,
        password_hash=None if password is None else hasher.hash(password),
        password_changed_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("the username or e-mail address is taken") from error
    if person:
        welcome(session, realm_id, user.id)
    return user


def find_user_by_login(transaction: Transaction, realm_id: str, login: str) -> User | None:
    """Return the account whose username or e-mail address is *login*, in whatever case, or None.

    Usernames win: nobody can shadow an account by taking its username as an e-mail address.
    """
    name = normalise(login)
    found = transaction.load(User, _BY_LOGIN, {"realm": realm_id, "login": name})
    return next((user for user in found if user.username == name), found[0] if found else None)


def get_user_by_username(session: Session, realm_id: str, username: str) -> User:
    """Return the account with that username, in whatever case; raise `NotFound`."""
    chosen = select(User).where(User.realm_id == realm_id, User.username == normalise(username))
    user = session.scalars(chosen).one_or_none()
    if user is None:
        raise NotFound(f"there is no user {username!r}")
    return user


def find_user_by_email(session: Session, realm_id: str, email: str) -> User | None:
    """Return the account with that e-mail address, or None."""
    return session.scalars(select(User).where(User.realm_id == realm_id, User.email == normalise(email))).one_or_none()


def get_user(session: Session, user_id: str) -> User:
    """Return the account; raise `NotFound`."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"there is no user {user_id}")
    return user


def verify_username(username: str) -> str:
    """Return the normalised username; raise `InvalidInput`."""
    name = normalise(username)
    if not _USERNAME.fullmatch(name) or any(unicodedata.category(character) in _UNSEEN for character in name):
        raise InvalidInput(username="Use 1 to 255 characters without spaces.")
    return name


def verify_email(email: str) -> str:
    """Return the normalised address; raise `InvalidInput`."""
    address = normalise(email)
    if not _EMAIL.fullmatch(address) or ".." in address:
        raise InvalidInput(email="This is not an e-mail address.")
    return address


def verify_new_password(password: str, repeated: str, *, min_length: int, username: str) -> str:
    """Return *password* if it may be set (NIST SP 800-63B-4 section 3.1.1.2); raise `InvalidInput`."""
    if len(password) < min_length:
        raise InvalidInput(password=f"Use at least {min_length} characters.")
    if len(password) > MAX_LENGTH:
        raise InvalidInput(password=f"Use at most {MAX_LENGTH} characters.")
    if normalise(password) == username or len(set(password)) < 4:
        raise InvalidInput(password="This password is too easy to guess.")
    if password != repeated:
        raise InvalidInput(password_confirmation="The two passwords differ.")
    return password


def change_password(session: Session, hasher: PasswordHasher, clock: Clock, user: User, password: str) -> None:
    """Set a new password, which nobody asks to replace; mail links made before it are void from now on."""
    now = clock.now()
    user.required_actions = [action for action in user.required_actions if action != UPDATE_PASSWORD]
    user.password_hash = hasher.hash(password)
    user.password_changed_at = now
    user.updated_at = now
    session.flush()
