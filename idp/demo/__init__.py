"""Everything of a deployment in one process, for trying out: `idp demo`.

options.py      ports and folder, as asked for on the command line
ports.py        all ports, by the options that move them
settings.py     the provider's settings: what the demo needs, unless the environment says otherwise
data_folder.py  the folder that holds it all, and its lock
tls.py          the TLS root of this very demo and its server certificate
seed.py         realms, people and applications
prepare.py      make what is missing: keys, tables, data
samples.py      two sample applications on one port
run.py          start, announce, stop
summary.py      what is printed
application/    the sample relying application
mailbox/        a real SMTP server whose mail can be read in the browser
trust/          put the TLS root into the user's own trust stores, and take it out
"""
