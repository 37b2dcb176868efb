"""A scope that clients may be given, with what it puts into their tokens."""

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, Json, new_id


class ClientScope(Base):
    """One scope. Clients have it by its name (`Client.scope`, `Client.default_scope`); `mappers` are written as a client's.

    `assignment` says how new clients get it: default, optional, or not at all where it is empty. `attributes` are what tools
    keep there; they mean nothing here.
    """

    __tablename__ = "client_scope"
    __table_args__ = (UniqueConstraint("realm_id", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    realm_id: Mapped[str] = mapped_column(ForeignKey("realm.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(255), default="")
    assignment: Mapped[str] = mapped_column(String(16), default="")
    mappers: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    attributes: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
