"""Clients that others wrote sign in at a running provider, driven by their own code.

installation.py  the clients from npm, installed once into node_modules
puppet.py        a program of Node whose functions a test calls
browser.py       a browser without a window, for clients that are servers
chromium.py      Chromium, for clients that run in pages
registrations.py what the tests register about their clients
apache.py        Apache with mod_auth_openidc
programs/        each client from npm behind a few functions, or as a small application
pages/           applications that run in the browser
"""
