"""A mailbox for trying things out: a real SMTP server that keeps all mail, and pages that show it.

smtp_server.py   takes mail from anybody to anybody
letters.py       what a message says: sender, subject, text, HTML, links
letter_box.py    the messages, in a file that outlives a restart
pages.py         the list, a message, and the JSON that scripts read
"""

from idp.demo.mailbox.mailbox import Mailbox, build_mailbox

__all__ = ["Mailbox", "build_mailbox"]
