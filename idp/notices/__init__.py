"""Mail to people that no request of theirs causes: reminders and invitations.

It is rendered in the realm's theme, queued in the outbox in the same transaction as what causes it, and noted in the events.
"""
