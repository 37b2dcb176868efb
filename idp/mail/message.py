"""The message an SMTP server gets (RFC 5322), text and HTML as alternatives (RFC 2046 section 5.1.4)."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from idp.errors import ConfigurationError, IdpError


class MessageRefused(IdpError):
    """A message cannot be built: the recipient is not one address, or a header holds a line break."""


def build_message(
    *, sender: Address, recipient: str, subject: str, text: str, html: str, mail_id: str, date: datetime
) -> EmailMessage:
    """Return the message; the same *mail_id* gives the same Message-ID. Raise `MessageRefused`."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = parse_recipient(recipient)
        message["Subject"] = subject
        message["Date"] = format_datetime(date)
        message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: no out-of-office answers, please
        message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
        message.set_content(text)
        message.add_alternative(html, subtype="html")
    except (ValueError, MessageError) as error:
        raise MessageRefused(f"mail {mail_id} cannot be built: {type(error).__name__}") from error
    return message


def parse_recipient(address: str) -> Address:
    """Return the one mailbox *address* names, its domain in ASCII (RFC 5890); raise ValueError."""
    local_part, _, domain = address.rpartition("@")
    if not local_part or not domain or any(character.isspace() for character in address):
        raise ValueError("not one address")
    domain = domain.encode("idna").decode()
    ascii_twin = "".join(character if character.isascii() else "x" for character in local_part)
    parsed = Address(addr_spec=f"{ascii_twin}@{domain}")
    return parsed if local_part.isascii() else Address(username=local_part, domain=domain)


def parse_sender(text: str) -> Address:
    """Return the From address in *text*, ``Name <mailbox>``; raise `ConfigurationError`."""
    display_name, address = parseaddr(text)
    try:
        if not text.isprintable():
            raise ValueError("a line break")
        mailbox = parse_recipient(address)
    except ValueError as error:
        raise ConfigurationError(f"mail_from must be an address, or Name <address>, not {text!r}") from error
    return Address(display_name, addr_spec=mailbox.addr_spec)
