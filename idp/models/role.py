"""Roles and groups: what a person may do at applications."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from idp.models.base import Base, Json, new_id

CERTIFICATE_POLICY = "certificate_policy"
"""The attribute of a group that says ``required`` where its members need a certificate."""
_OF_REALM = text("client_id IS NULL")
_AT_TOP = text("parent_id IS NULL")


class Role(Base):
    """A role of the realm, or of one client when `client_id` (the client's row) is set."""

    __tablename__ = "role"
    __table_args__ = (
        UniqueConstraint("realm_id", "client_id", "name"),
        # NULLs are distinct in a UNIQUE constraint, so realm roles need an index of their own.
        Index("uq_role_of_realm", "realm_id", "name", unique=True, sqlite_where=_OF_REALM, postgresql_where=_OF_REALM),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    client_id: Mapped[str | None] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(255), default="")
    attributes: Mapped[dict[str, list[str]]] = mapped_column(Json, default=dict)


class Group(Base):
    """A group of people; groups may stand in groups, and pass their roles down. New people join those with `joined_by_new`.

    `certificate_required` follows the attribute `CERTIFICATE_POLICY`: it is what the database can search by.
    """

    __tablename__ = "user_group"
    __table_args__ = (
        UniqueConstraint("realm_id", "parent_id", "name"),
        Index("uq_group_at_top", "realm_id", "name", unique=True, sqlite_where=_AT_TOP, postgresql_where=_AT_TOP),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("user_group.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(255), default="")
    attributes: Mapped[dict[str, list[str]]] = mapped_column(Json, default=dict)
    joined_by_new: Mapped[bool] = mapped_column(default=False)
    certificate_required: Mapped[bool] = mapped_column(default=False)

    @validates("attributes")
    def _follow(self, _name: str, attributes: dict[str, list[str]]) -> dict[str, list[str]]:
        self.certificate_required = attributes.get(CERTIFICATE_POLICY) == ["required"]
        return attributes


def _reference(name: str, target: str, *, index: bool = False) -> Column[str]:
    return Column(name, ForeignKey(f"{target}.id", ondelete="CASCADE"), primary_key=True, index=index)


ROLE_OF_USER = Table(
    "role_of_user", Base.metadata, _reference("user_id", "user_account"), _reference("role_id", "role", index=True)
)
ROLE_OF_GROUP = Table(
    "role_of_group", Base.metadata, _reference("group_id", "user_group"), _reference("role_id", "role", index=True)
)
MEMBER_OF_GROUP = Table(
    "member_of_group",
    Base.metadata,
    _reference("user_id", "user_account"),
    _reference("group_id", "user_group", index=True),
)
ROLE_IN_CLIENT = Table(
    "role_in_client", Base.metadata, _reference("client_id", "client"), _reference("role_id", "role", index=True)
)
"""The roles that are in the scope of a client, beside its own: of these alone its tokens speak unless it has the full scope."""

ROLE_IN_CLIENT_SCOPE = Table(
    "role_in_client_scope",
    Base.metadata,
    _reference("scope_id", "client_scope"),
    _reference("role_id", "role", index=True),
)
"""The roles that a client scope brings into scope; a person without any of them is not granted it."""

COMPOSITE_ROLE = Table(
    "composite_role", Base.metadata, _reference("role_id", "role"), _reference("child_id", "role", index=True)
)
