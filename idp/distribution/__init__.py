"""What a realm's authorities publish: revocation lists and their own certificates.

Owns: plain HTTP answers that caches like, without cookies. Leaves to others: making and signing (pki), and when (serving).
"""
