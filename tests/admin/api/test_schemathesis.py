"""Schemathesis over the API's own document: no request ends in a server error, and every answer is as the document says.

Each request finds the realm as it was, so that nothing has to be spared: not even the realm of the caller.
IDP_TEST_FUZZ_EXAMPLES is the number of requests to each operation, for a run that takes its time.
"""

import os
import zlib
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of

from tests.admin.api.household import Household
from tests.admin.api.inhabited import Names, inhabit
from tests.admin.api.world import URL
from tests.snapshots import Snapshot

GIVEN = os.environ.get("IDP_TEST_FUZZ_EXAMPLES")
EXAMPLES = int(GIVEN or 3)
LEFT_OUT = (
    "positive_data_acceptance",  # what fits the schema may still name what is not there, or be refused by a rule
    "negative_data_rejection",  # fields that we do not know are let through
    "ignored_auth",  # two more requests for each; test_endpoint.py tries every route without a token
)


@pytest.fixture(scope="module")
def token(household: Household) -> str:
    household.world.add_person("master", "root", "admin")
    return household.world.sign_in("master", "root")


@pytest.fixture(scope="module")
def names(household: Household, token: str) -> Names:
    return inhabit(household, token)


@pytest.fixture(scope="module")
def api(household: Household, names: Names) -> Any:
    """The document, whose paths name what is there, seven times out of eight."""
    config = schemathesis.Config.from_dict({"checks": {name: {"enabled": False} for name in LEFT_OUT}})
    schema = schemathesis.openapi.from_asgi("/admin/openapi.json", household.world.app, config=config)

    @schema.hook
    def map_path_parameters(_context: Any, path_parameters: dict[str, Any] | None) -> Any:
        return path_parameters and {name: choose(names, name, value) for name, value in path_parameters.items()}

    return schema


def choose(names: Names, name: str, value: Any) -> Any:
    number, known = zlib.crc32(repr(value).encode()), names.get(name, ())
    return known[number // 8 % len(known)] if known and number % 8 else value


def test_every_answer_is_as_the_document_says(
    api: Any, household: Household, token: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    snapshot = Snapshot.take(household.world.services, tmp_path)

    @settings(
        max_examples=EXAMPLES,
        derandomize=GIVEN is None,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    def request(case: schemathesis.Case) -> None:
        if case.method != "GET":
            snapshot.restore()
        case.call_and_validate(base_url=f"{URL}/admin", headers={"Authorization": f"Bearer {token}"})

    for result in api.get_all_operations():
        operation = result.ok()
        with subtests.test(operation.label):
            given(case=one_of(operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode))(
                request
            )()
