"""What a call needs for mails that `idp.notices` writes."""

from idp.admin.api.call import Call
from idp.notices.notice import Sender


def build_sender(call: Call) -> Sender:
    """Return it."""
    services = call.services
    return Sender(services.settings.public_url, services.cipher, services.clock, services.themes)
