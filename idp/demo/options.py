"""What was asked for on the command line of `idp demo`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoOptions:
    """The data folder, and the ports; None means the one of the settings."""

    data: Path = Path(".data")
    port: int | None = None
    certificate_port: int | None = None
    management_port: int | None = None
    app_port: int = 3000
    mail_port: int = 1025
    mailbox_port: int = 8025

    @property
    def app_url(self) -> str:
        """Where the sample application is."""
        return f"http://localhost:{self.app_port}"

    @property
    def second_app_url(self) -> str:
        """Where the second one is."""
        return f"{self.app_url}/second"

    @property
    def mailbox_url(self) -> str:
        """Where mail can be read."""
        return f"http://localhost:{self.mailbox_port}"
