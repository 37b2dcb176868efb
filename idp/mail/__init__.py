"""Mail: rendered in a realm's theme, promised in the transaction of its cause, sent by a worker.

`rendering` makes subject, text and HTML; `outbox` keeps the mail, encrypted, until it is sent; `worker` takes
what is due, builds the message (`message`) and hands it to an SMTP server (`transport`). Mail that an SMTP server
took may be sent twice when the process dies at that very moment, and is never lost.
"""
