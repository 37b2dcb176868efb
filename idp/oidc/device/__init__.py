"""The device authorization grant (RFC 8628): codes, the endpoint for devices, the pages for people."""
