"""The demo's ports and the options that move them."""

from collections.abc import Iterator
from contextlib import contextmanager

from idp.demo.options import DemoOptions
from idp.errors import ConfigurationError
from idp.serving.sockets import PortTaken
from idp.settings import Settings


class Ports:
    """All ports of the demo by the option that moves them; raise `ConfigurationError` where two are the same."""

    def __init__(self, settings: Settings, options: DemoOptions) -> None:
        named = {
            "--port": settings.port,
            "--certificate-port": settings.certificate_port,
            "--management-port": settings.management_port,
            "--app-port": options.app_port,
            "--mail-port": options.mail_port,
            "--mailbox-port": options.mailbox_port,
        }
        self._options: dict[int, str] = {}
        for option, port in named.items():
            if port in self._options:
                raise ConfigurationError(f"{self._options[port]} and {option} both say {port}")
            self._options[port] = option

    @contextmanager
    def naming_options(self) -> Iterator[None]:
        """Add to a `PortTaken` the option that names another port."""
        try:
            yield
        except PortTaken as error:
            option = self._options.get(error.port, "its option")
            raise ConfigurationError(f"{error.problems[0]}: name a free one with {option}") from error
