"""From a host's name to the addresses that may be connected to, all of them checked."""

import socket
from queue import Empty, SimpleQueue
from threading import Thread

from idp.fetching.addresses import verify_public_address
from idp.fetching.deadline import Deadline
from idp.fetching.destination import Destination
from idp.fetching.errors import FetchFailed
from idp.fetching.slots import Slots

_MAX_ADDRESSES = 4
_Found = list[str] | OSError


class Resolver:
    """Looks names up, each in a thread of its own: the system's resolver knows no deadline but its own long one."""

    def __init__(self, *, lookups: int = 16) -> None:
        self._slots = Slots(total=lookups, each=lookups)

    def resolve(self, destination: Destination, deadline: Deadline) -> list[str]:
        """Return up to four addresses; raise `FetchFailed` where there are none.

        Raises `FetchRefused` if any address is not of the open Internet, unless the operator has named the host.
        """
        addresses = self._look_up(destination, deadline)
        if not destination.named:
            for address in addresses:
                verify_public_address(address)
        return addresses[:_MAX_ADDRESSES]

    def _look_up(self, destination: Destination, deadline: Deadline) -> list[str]:
        answer: SimpleQueue[_Found] = SimpleQueue()
        self._slots.take("")

        def look_up() -> None:
            try:
                answer.put(_ask_system(destination.host, destination.port))
            finally:
                self._slots.give_back("")

        Thread(target=look_up, name="lookup", daemon=True).start()
        try:
            found = answer.get(timeout=deadline.remaining())
        except Empty:
            raise FetchFailed("the name takes too long to be looked up") from None
        if isinstance(found, OSError) or not found:
            raise FetchFailed(f"the name is not known: {found}")
        return found


def _ask_system(host: str, port: int) -> _Found:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except OSError as error:
        return error
    except Exception as error:  # whatever else: the thread that waits has to hear of it
        return OSError(f"{type(error).__name__}: {error}")
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
