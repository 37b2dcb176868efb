"""An HTTP/1.1 response in one piece, for when there is no application to ask (RFC 9112 §4)."""

from http import HTTPStatus


def build_plain_answer(status: HTTPStatus, text: str) -> bytes:
    """Return a response that carries *text* and ends the connection."""
    content = text.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + content
