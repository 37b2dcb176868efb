"""The certificate authority of a realm, and the judgement of certificates that a browser presents.

Owns: authorities, issuance, PKCS#12 files, revocation, path validation, the verdict on a presented
certificate. Leaves to others: HTTP, TLS, events, mail, and committing.

Issuing, as a certificate authority has to behave::

    profile → template → lint (signed with a throw-away key) → record → sign once → verify

Judging::

    leaf → path to a pinned root → dates → usage → key → row by fingerprint → owner → revocation
"""
