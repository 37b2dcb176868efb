"""Starlette glue without business rules.

One way through for each request: `endpoint.py` parses it into an `Exchange`, runs the handler in a worker thread inside one
transaction, saves the events, and turns whatever was raised into a page or JSON.
"""
