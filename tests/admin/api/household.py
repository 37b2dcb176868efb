"""A world for a module: realms with authorities, a person in each, and administrators who have one role alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from idp.models import Certificate
from idp.pki.authorities import create_authorities
from idp.pki.request_issuance import issue_requested
from idp.realms.realms import get_realm
from tests.admin.api.world import World, open_world
from tests.certification_requests import request_pem
from tests.clock import FixedClock


class Household:
    """The world, tokens of administrators by role, and alice of demo and of other."""

    def __init__(self, world: World) -> None:
        self.world, self._tokens = world, dict[str, str]()
        for name in ("demo", "other"):
            with world.transaction() as session:
                realm = get_realm(session, name)
                keys, clock = world.services.authority_keys, world.clock
                create_authorities(session, keys, clock, realm=realm)
        self.alice = world.add_person("demo", "alice", email_verified=True)
        self.stranger = world.add_person("other", "alice")

    def token(self, role: str) -> str:
        """Return the token of somebody who has *role* over demo, and nothing else."""
        if role not in self._tokens:
            self.world.add_robot("demo", f"robot-{role}", role)
            self._tokens[role] = self.world.sign_in_robot("demo", f"robot-{role}")
        return self._tokens[role]

    def call(self, role: str, method: str, path: str, **more: Any) -> Any:
        """Call the API at the realm demo."""
        return self.world.call(method, f"/realms/demo{path}", self.token(role), **more)

    def issue(self, realm: str, user_id: str, device: str = "Laptop") -> Certificate:
        """Return a new certificate of the account's."""
        services = self.world.services
        with self.world.transaction() as session:
            return issue_requested(
                session,
                services.cipher,
                self.world.clock,
                realm=get_realm(session, realm),
                user=self.world.user(user_id),
                request=request_pem().encode(),
                device_name=device,
                platform="linux",
            )


@contextmanager
def open_household(directory: Path, database_url: str) -> Iterator[Household]:
    """Yield one; its access tokens last for the module."""
    with open_world(database_url, directory, FixedClock(datetime.now(UTC).replace(microsecond=0))) as world:
        yield Household(world)
