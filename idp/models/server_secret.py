"""Random secrets of the installation, which nobody chooses and nothing changes."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from idp.models.base import Base, encrypted


class ServerSecret(Base):
    """One secret of 32 bytes, by its name."""

    __tablename__ = "server_secret"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    secret_encrypted: Mapped[bytes] = mapped_column(info=encrypted("server_secret.secret"))
