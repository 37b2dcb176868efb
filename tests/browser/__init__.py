"""What a person sees, in real Chromium with real certificates, against the whole demo in a process of its own.

demo.py        `idp demo` on free ports, and its parts for arranging what a test needs
people.py      accounts, realms, certificates and codes, made through the domain's own functions
mailbox.py     wait for a mail, read its links
patience.py    wait for a condition
nss.py         a person's certificates: an NSS database, by certutil and pk12util
chromium.py    a browser with a home of its own; the policy that answers the certificate prompt, or none
display.py     a display of its own, and the keyboard, for answering the real prompt
steps.py       what people do on pages, by the words that stand there
"""
