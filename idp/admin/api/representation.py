"""What all representations have in common: Keycloak's names, and which fields count.

Fields that we do not know are ignored: Keycloak's clients send whole representations back, and those of later versions have more.
That is no mass assignment, because a handler writes the fields that it names, one by one; a field that is only told, such as an id,
is written by none.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

First = Annotated[int, Field(ge=0, le=2**31 - 1)]
Most = Annotated[int, Field(ge=0, le=10_000)]
DEFAULT_MOST = 100


class Representation(BaseModel):
    """Base of all; numbers are not read as text, nor text as numbers that it is not."""

    model_config = ConfigDict(extra="ignore", str_max_length=65536)


def milliseconds(at: datetime) -> int:
    """Return the instant as Keycloak writes it."""
    return int(at.timestamp() * 1000)
