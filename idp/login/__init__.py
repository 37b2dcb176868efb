"""The interactive login: a small explicit state machine that knows nothing of OAuth.

A caller hands in a `LoginRequest`. What is still missing is decided in one place, `steps.next_step`; each step shows on GET,
verifies on POST, writes its result into the flow and returns to the dispatcher. Steps never route to one another.
"""
