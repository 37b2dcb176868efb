"""A client that costs little: HTTP/1.1 over one kept connection, cookies, and nothing else."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode, urlsplit

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_SECONDS = 60


class UnexpectedAnswer(Exception):
    """The server answered something else than the operation needs; what was measured is worth nothing."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case; of a repeated one the last), cookies to set, and body."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """Where the answer redirects to."""
        return self.headers.get("location", "")

    @property
    def csrf_token(self) -> str:
        """The token in the page's form."""
        found = _CSRF.search(self.body.decode())
        if found is None:
            raise UnexpectedAnswer(f"no form in {self.body[:500]!r}")
        return found[1]

    def expect(self, status: int) -> Self:
        """Return the answer if it has *status*; raise `UnexpectedAnswer`."""
        if self.status != status:
            raise UnexpectedAnswer(f"{self.status} instead of {status}: {self.location} {self.body[:500]!r}")
        return self


@dataclass(frozen=True)
class Connection:
    """One connection, used for one request after the other."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int, *, tls: ssl.SSLContext | None = None, server_hostname: str | None = None) -> Self:
        """Connect to a loopback port."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=server_hostname))

    async def send(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        self.writer.write(request)
        async with asyncio.timeout(_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status, headers, cookies = _parse_head(head)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(status, headers, cookies, body)

    async def get(self, url: str, **headers: str) -> Answer:
        """Send a GET."""
        return await self.send(build_request("GET", url, headers))

    async def post(self, url: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form."""
        return await self.send(build_request("POST", url, {**_FORM, **headers}, urlencode(fields).encode()))

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


@dataclass(frozen=True)
class Browser:
    """A connection with the cookies of one person."""

    connection: Connection
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, url: str) -> Answer:
        """Send a GET and keep the cookies of the answer."""
        return self._keep(await self.connection.get(url, **self._headers()))

    async def submit(self, url: str, page: Answer, **fields: str) -> Answer:
        """Send the form of *page* and keep the cookies of the answer."""
        form = {"csrf_token": page.csrf_token, **fields}
        return self._keep(await self.connection.post(url, form, **self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep(self, answer: Answer) -> Answer:
        self.cookies.update(answer.cookies)
        return answer


def build_request(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """Return a request; *url* is absolute, or a path on localhost."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc or 'localhost'}", "User-Agent: bench"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + (body or b"")


def _parse_head(head: bytes) -> tuple[int, dict[str, str], dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
        if name.lower() == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            cookies[cookie] = content
    return int(first.split()[1]), headers, cookies
