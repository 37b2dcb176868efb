"""A realm comes over from Keycloak: what is taken, and what is told."""

from tests.transfer.conftest import Desk
from tests.transfer.sample import export


def test_x(desk: Desk) -> None:
    told = desk.take(export())
    for line in told.lines:
        print(line)
    told = desk.take(export())
    print("---- AGAIN")
    for line in told.lines:
        print(line)
    told = desk.take(export(), on_conflict="update")
    print("---- UPDATE")
    for line in told.lines:
        print(line)
    assert 0
