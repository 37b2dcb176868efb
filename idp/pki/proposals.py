"""A foreign certificate that counts although it has no row yet: what its row will say, once its owner's browser has come back."""

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class BoundBy(StrEnum):
    """How a certificate came to its owner; one that follows the `mapping` belongs to whom the mapping finds today."""

    ISSUED = "issued"
    REGISTERED = "registered"
    FIRST_USE = "first_use"
    MAPPING = "mapping"


@dataclass(frozen=True)
class Proposal:
    """The anchor that it was accepted under, who would be its owner and how, and its DER."""

    anchor_id: str
    user_id: str
    bound_by: BoundBy
    certificate: bytes

    def to_dict(self) -> dict[str, str]:
        """Return it as texts."""
        return {
            "anchor_id": self.anchor_id,
            "user_id": self.user_id,
            "bound_by": str(self.bound_by),
            "certificate": base64.b64encode(self.certificate).decode(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Proposal":
        """Return the proposal that `to_dict` wrote."""
        certificate = base64.b64decode(values["certificate"])
        return cls(values["anchor_id"], values["user_id"], BoundBy(values["bound_by"]), certificate)
