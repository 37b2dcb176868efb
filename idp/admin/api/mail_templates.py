"""What mails look like, and whether they arrive: ``/realms/{realm}/mail/{templates,test}`` and ``testSMTPConnection``."""

from email.headerregistry import Address

import structlog

from idp.admin.api.call import Call
from idp.admin.api.mail import MANAGE, VIEW
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.mail.message import MessageRefused, build_message
from idp.mail.previews import list_mail_templates, preview_mail
from idp.mail.rendering import RenderedMail, render_mail
from idp.mail.transport import DeliveryFailed, SMTPTransport, TransportUnavailable
from idp.models import User, new_id
from idp.web.mailer import queue_mail

mail_templates = Resource("Mail")
TEMPLATE = "test_message"
_PATIENCE_SECONDS = 5
log = structlog.get_logger()


class TemplateRepresentation(Representation):
    """A mail of the realm's theme."""

    name: str


class PreviewRepresentation(Representation):
    """A mail as somebody would read it."""

    subject: str
    text: str
    html: str


@mail_templates.get("/realms/{realm}/mail/templates", VIEW)
def list_templates(call: Call) -> list[TemplateRepresentation]:
    """Return the mails of the realm's theme."""
    names = list_mail_templates(call.services.themes.environment(call.realm.theme))
    return [TemplateRepresentation(name=name) for name in names]


@mail_templates.get("/realms/{realm}/mail/templates/{template}/preview", VIEW)
def preview(call: Call, template: str) -> PreviewRepresentation:
    """Return the mail with the facts of somebody who is not there."""
    rendered = preview_mail(
        call.services.themes.environment(call.realm.theme),
        template,
        realm=_describe_realm(call),
        url=call.at_realm().url(""),
        now=call.services.clock.now(),
    )
    return PreviewRepresentation(subject=rendered.subject, text=rendered.text, html=rendered.html)


@mail_templates.post("/realms/{realm}/mail/test", MANAGE)
def send_test(call: Call) -> None:
    """Queue a test mail to the caller's own address: it goes the way of all mails."""
    recipient = _get_caller(call)
    queue_mail(call.at_realm(), recipient, TEMPLATE)
    call.record(Tag.MAIL_TESTED, "mail/test", after={"recipient": recipient.email})


@mail_templates.post("/realms/{realm}/testSMTPConnection", InRealm("manage-realm"))
def try_connection(call: Call, settings: dict[str, object] | None = None) -> None:  # noqa: ARG001 (ours are the server's)
    """Hand a test mail to the SMTP server, to the caller's own address, and say whether it was taken.

    The server's own settings count, whatever is sent: nobody may let it speak to a host of their choice.
    """
    recipient, services = _get_caller(call), call.services
    context = {"realm": _describe_realm(call), "user": recipient, "at": services.clock.now()}
    rendered = render_mail(services.themes.environment(call.realm.theme), TEMPLATE, context)
    _hand_over(call, rendered, recipient.email or "")
    call.record(Tag.MAIL_TESTED, "testSMTPConnection", after={"recipient": recipient.email})


def _hand_over(call: Call, rendered: RenderedMail, recipient: str) -> None:
    settings = call.services.settings
    transport = SMTPTransport(settings.smtp_url, settings.mail_from, timeout=_PATIENCE_SECONDS)
    sender: Address = transport.sender
    try:
        message = build_message(
            sender=sender,
            recipient=recipient,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            mail_id=new_id(),
            date=call.services.clock.now(),
        )
        with transport.connect() as connection:
            connection.send(message)
    except (TransportUnavailable, DeliveryFailed, MessageRefused) as error:
        log.warning("test mail not sent", error=str(error))
        raise InvalidInput(smtp=_explain(error)) from error


def _explain(error: Exception) -> str:
    if isinstance(error, TransportUnavailable):
        return "The SMTP server cannot be reached, does not let us in, or has no TLS where it must. The log says which."
    return "The SMTP server did not take the mail. The log says why."


def _get_caller(call: Call) -> User:
    """Return the caller's account; raise `InvalidInput` where it has no address."""
    user = call.session.get(User, call.caller.user_id)
    if user is None or not user.email:
        raise InvalidInput(email="Your own account has no e-mail address.")
    return user


def _describe_realm(call: Call) -> dict[str, str]:
    return {"name": call.realm.name, "display_name": call.realm.display_name}
