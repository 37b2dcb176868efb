"""The sample relying application: what an organisation's own application does with an OpenID Provider.

It knows the provider by its issuer alone and shares no code with it, so that it can be read as an example and serve as
a test of the interfaces.

    application.py  routes and the factory
    provider.py     the OpenID Connect side, on authlib: discovery, code with PKCE and nonce, UserInfo, logout
    sign_ins.py     what is kept about those who are signed in
    pages.py        the pages
"""

from idp.demo.application.application import build_application

__all__ = ["build_application"]
