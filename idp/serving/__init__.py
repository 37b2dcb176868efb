"""Everything between the socket and the application: uvicorn, its listeners, and the certificate listener's TLS.

Owns binding, TLS, signals and the order of starting and stopping. It knows nothing of realms or logins: the application
comes in as an ASGI callable, and what TLS learnt about the client goes out in each request's scope, in the form that
`web/client_certificate.py` reads.

    listener.py             builds the listeners and runs several of them in one process
    bound_server.py         uvicorn's server on sockets that were bound beforehand, with time limits for TLS
    sockets.py              binding, and the errors an operator can act on
    connection_protocol.py  the HTTP protocol class: client facts into the scope, a bounded request head
    tls_context.py          an `ssl.SSLContext` for asyncio and uvloop that hands out pyOpenSSL connections
    server_certificate.py   the server's own certificate and key files
    tls_options.py          the OpenSSL options of one such context
    tls_connection.py       one connection, with the methods of `ssl.SSLObject`
    polled.py               a setting that is read again now and then
    stop_signals.py         SIGINT and SIGTERM
    plain_answer.py         a response without an application
"""
