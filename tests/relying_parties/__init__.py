"""Clients that others wrote sign in at a running provider, driven by their own code.

installation.py  the clients from npm, installed once into node_modules
puppet.py        a program of Node whose functions a test calls
openid_client.py one client whose work openid-client does
browser.py       a browser without a window, for clients that are servers
chromium.py      Chromium, for clients that run in pages
registrations.py what the tests register about their clients
keys.py          their key pairs
apache.py        Apache with mod_auth_openidc
programs/        each client from npm behind a few functions, or as a small application
pages/           applications that run in the browser
"""
