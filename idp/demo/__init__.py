"""Everything of a deployment in one process, for trying out: `idp demo`.

options.py      ports and folder, as asked for on the command line
data_folder.py  the folder that holds it all, and its lock
tls.py          the TLS root of this very demo and its server certificate
seed.py         realms, people and applications
build.py        the parts, put together but not started
run.py          start, announce, stop
summary.py      what is printed
application/    the sample relying application
mailbox/        a real SMTP server whose mail can be read in the browser
trust/          put the TLS root into the user's own trust stores, and take it out
"""
