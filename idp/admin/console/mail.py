"""The outbox: what waits and why, tried again or dropped; and each mail as people get it."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.mail_samples import TEMPLATES, render_sample
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE, read_key, write_key
from idp.admin.console.policy import ConsolePage
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.mail.outbox import enqueue
from idp.mail.queue import (
    DELIVERED,
    GIVEN_UP,
    WAITING,
    describe_queue,
    drop_mails,
    list_mails,
    retry_mails,
)
from idp.web.exchange import Exchange

_STATES = (WAITING, GIVEN_UP, DELIVERED)


def show_outbox(exchange: Exchange, administrator: Administrator) -> Response:
    """Show mails of one state, newest first; nobody reads their texts, which hold links."""
    state = exchange.query.get("state", WAITING)
    state = state if state in _STATES else WAITING
    key = read_key(exchange.query.get("before", ""))
    rows = list_mails(
        exchange.session,
        administrator.realm.id,
        state,
        older_than=key,
        limit=PAGE + 1,
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = administrator.url("mail", state=state, before=write_key(last.created_at, last.id)) if last else ""
    return render_console_page(
        exchange,
        administrator,
        "mail",
        state=state,
        states={name: administrator.url("mail", state=name) for name in _STATES},
        queue=describe_queue(exchange.session, administrator.realm.id),
        mails=rows[:PAGE],
        older_url=older,
        first_url=administrator.url("mail", state=state) if key else "",
        templates_url=administrator.url("mail/templates"),
    )


def change_chosen(exchange: Exchange, administrator: Administrator) -> Response:
    """Try the ticked mails again, or drop them."""
    ids, realm_id = exchange.form.all("mail")[:PAGE], administrator.realm.id
    if exchange.form.get("do") == "drop":
        dropped = drop_mails(exchange.session, realm_id, ids)
        if dropped:
            administrator.record(Tag.MAIL_DROPPED, templates=sorted(dropped))
        notice = "mails_dropped" if dropped else "nothing_chosen"
    else:
        tried = retry_mails(exchange.session, exchange.services.clock, realm_id, ids)
        if tried:
            administrator.record(Tag.MAIL_RETRIED, mails=tried)
        notice = "mails_retried" if tried else "nothing_chosen"
    state = exchange.form.get("state", WAITING)
    return administrator.done("mail", notice, state=state if state in _STATES else WAITING)


def show_templates(exchange: Exchange, administrator: Administrator) -> Response:
    """Show every mail's subject."""
    mails = [
        {
            "name": name,
            "subject": render_sample(exchange, administrator, name).subject,
            "url": administrator.url(f"mail/templates/{name}"),
        }
        for name in TEMPLATES
    ]
    return render_console_page(exchange, administrator, "mail_templates", mails=mails)


def show_template(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a mail with sample data: its subject, its text, and where its HTML is."""
    name = _read_template(exchange)
    return render_console_page(
        exchange,
        administrator,
        "mail_template",
        frames=["'self'"],
        name=name,
        mail=render_sample(exchange, administrator, name),
        html_url=administrator.url(f"mail/templates/{name}/html"),
        test_url=administrator.url(f"mail/templates/{name}"),
    )


def send_sample(exchange: Exchange, administrator: Administrator) -> Response:
    """Send the mail with sample data to whoever asks for it, and to nobody else."""
    name, user = _read_template(exchange), administrator.user
    if not user.email:
        return administrator.done(f"mail/templates/{name}", "no_address")
    sample = render_sample(exchange, administrator, name)
    enqueue(
        exchange.session,
        exchange.services.cipher,
        exchange.services.clock,
        realm_id=administrator.realm.id,
        user_id=user.id,
        template=name,
        recipient=user.email,
        subject=sample.subject,
        text=sample.text,
        html=sample.html,
    )
    administrator.record(Tag.MAIL_TESTED, template=name)
    return administrator.done(f"mail/templates/{name}", "mail_sent")


def show_html(exchange: Exchange, administrator: Administrator) -> Response:
    """Show a mail's HTML by itself: with the styles that mails have to carry inline, and nothing else that a page may do."""
    sample = render_sample(exchange, administrator, _read_template(exchange))
    return HTMLResponse(sample.html, headers=_ALONE)


def _read_template(exchange: Exchange) -> str:
    name = exchange.path_params["template"]
    if name not in TEMPLATES:
        raise NotFound("there is no such mail")
    return name


_ALONE: dict[str, Any] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PAGES = (
    ConsolePage(path="mail", view="view-mail", manage="manage-mail", show=show_outbox, submit=change_chosen),
    ConsolePage(path="mail/templates", view="view-mail", show=show_templates),
    ConsolePage(
        path="mail/templates/{template}",
        view="view-mail",
        manage="manage-mail",
        show=show_template,
        submit=send_sample,
    ),
    ConsolePage(path="mail/templates/{template}/html", view="view-mail", show=show_html),
)
