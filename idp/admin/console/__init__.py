"""The console for administrators, at ``/admin/{realm}/console/{managed}/…``: an OpenID client of our own.

*realm* is the one somebody signs in to, *managed* the one they look at: their own, or for people of ``master`` any that they have a
role over. ``_`` stands in no realm's name, so what belongs to no managed realm is below ``/admin/{realm}/console/_/``.

To add a page:

1. Write ``idp/admin/console/<page>.py`` with handlers ``(Exchange, Administrator) -> Response``: `show_…` for GET ends in
   ``render_console_page(exchange, administrator, "<template>", …)``, `submit_…` for POST changes something, calls
   ``administrator.record(Tag.…, before=…, after=…)`` and ends in ``administrator.done("<page>", "<notice>")``.
2. Declare its policy there: ``PAGES = (ConsolePage("<page>", show=show_…, submit=submit_…, view="view-…", manage="manage-…"),)``;
   ``recent=True`` asks for a sign-in of the last 15 minutes before POST. CSRF and roles are seen to by `idp.admin.console.policy`.
3. Add the module to `idp.admin.console.routes`, and the page to the navigation in `idp.admin.console.page` and ``admin/base.html``.
4. Write ``themes/default/admin/<template>.html`` (``extends "admin/base.html"``, macros in ``admin/macros.html``), all text in ``_()``
   or ``{% trans %}``; the text of a notice goes into ``admin/notices.html``. Then ``make translations``, and translate what is new in
   ``de.po``.
5. Name it in `tests/admin/console/pages.py`: every page there is opened, checked for accessibility, and refused to whom it is closed.
"""
