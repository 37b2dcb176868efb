"""The audit trail: ``/realms/{realm}/{events,admin-events}``. Nothing here takes an event away, only time does."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.event_representation import (
    AdminEventRepresentation,
    EventRepresentation,
    describe_admin_event,
    describe_event,
    find_administrative_tags,
    find_tags,
    list_types,
)
from idp.admin.api.failures import answer_error
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import DEFAULT_MOST, First, Most, Representation, Term, read_instant
from idp.admin.api.resource import Resource
from idp.errors import InvalidInput
from idp.events.search import EventQuery, search_events
from idp.events.tags import Tag
from idp.models import Event, Realm
from idp.realms.changes import change_realm, describe_realm
from idp.realms.keycloak_names import rename_problems

events = Resource("Events")
VIEW, MANAGE = InRealm("view-events"), InRealm("manage-events")
_EVENTS, _ADMIN_EVENTS = "/realms/{realm}/events", "/realms/{realm}/admin-events"
Terms = Annotated[list[Term], Field(max_length=200)]


class Page(BaseModel):
    """When, and how many; *after* is the id that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    dateFrom: Term | None = None
    dateTo: Term | None = None
    direction: Annotated[str, Field(pattern="^(asc|desc|ASC|DESC)$")] = "desc"
    first: First = 0
    max: Most = DEFAULT_MOST
    after: Term | None = None

    def find(self, call: Call, wanted: EventQuery) -> Sequence[Event]:
        """Return the page's events of those *wanted*."""
        oldest_first = self.direction.lower() == "asc"
        return search_events(
            call.session,
            call.realm.id,
            wanted,
            first=self.first,
            limit=self.max,
            after=self.after,
            oldest_first=oldest_first,
        )


class EventPage(Page):
    """Which events of people and applications."""

    type: Terms | None = None
    client: Term | None = None
    user: Term | None = None
    ipAddress: Term | None = None

    def read(self) -> EventQuery:
        """Return the query."""
        return EventQuery(
            administrative=False,
            tags=None if self.type is None else find_tags(self.type),
            client_id=self.client,
            user_id=self.user,
            address=self.ipAddress,
            since=read_instant("dateFrom", self.dateFrom),
            until=read_instant("dateTo", self.dateTo, end_of_day=True),
        )


class AdminEventPage(Page):
    """Which events of administrators."""

    operationTypes: Terms | None = None
    resourceTypes: Terms | None = None
    resourcePath: Term | None = None
    authRealm: Term | None = None
    authClient: Term | None = None
    authUser: Term | None = None
    authIpAddress: Term | None = None

    def read(self) -> EventQuery:
        """Return the query."""
        return EventQuery(
            administrative=True,
            tags=find_administrative_tags(self.operationTypes, self.resourceTypes),
            resource=self.resourcePath,
            actor_realm=self.authRealm,
            actor_client=self.authClient,
            actor_id=self.authUser,
            address=self.authIpAddress,
            since=read_instant("dateFrom", self.dateFrom),
            until=read_instant("dateTo", self.dateTo, end_of_day=True),
        )


class EventsConfigRepresentation(Representation):
    """What is recorded: everything; and for how long events that are not administrators' are kept, in seconds: 0 is for ever."""

    eventsEnabled: bool | None = None
    eventsExpiration: int | None = None
    eventsListeners: list[str] | None = None
    enabledEventTypes: list[str] | None = None
    adminEventsEnabled: bool | None = None
    adminEventsDetailsEnabled: bool | None = None


@events.get(_EVENTS, VIEW)
def list_events(call: Call, page: Annotated[EventPage, Query()]) -> list[EventRepresentation]:
    """Return what happened to people and applications, newest first."""
    return [describe_event(row) for row in page.find(call, page.read())]


@events.get(_ADMIN_EVENTS, VIEW)
def list_admin_events(call: Call, page: Annotated[AdminEventPage, Query()]) -> list[AdminEventRepresentation]:
    """Return what administrators did, newest first."""
    return [describe_admin_event(row) for row in page.find(call, page.read())]


@events.delete(_EVENTS, MANAGE, status=405)
def delete_events(call: Call) -> Response:  # noqa: ARG001 (nobody may)
    """Refuse: events are evidence."""
    return _refuse_deletion()


@events.delete(_ADMIN_EVENTS, MANAGE, status=405)
def delete_admin_events(call: Call) -> Response:  # noqa: ARG001 (nobody may)
    """Refuse: events are evidence."""
    return _refuse_deletion()


@events.get(f"{_EVENTS}/config", VIEW)
def read_config(call: Call) -> EventsConfigRepresentation:
    """Return what is recorded, and for how long it is kept."""
    return _config(call.realm)


@events.put(f"{_EVENTS}/config", MANAGE)
def change_config(call: Call, wanted: EventsConfigRepresentation) -> None:
    """Change `eventsExpiration`; take of the rest what is so anyway, and refuse what would be taken for kept and is not."""
    realm = hold(call, call.realm)
    config = _config(realm)
    problems = {
        name: "Everything is recorded: there is nothing to switch off."
        for name in ("eventsEnabled", "adminEventsEnabled", "adminEventsDetailsEnabled")
        if getattr(wanted, name) not in {None, getattr(config, name)}
    }
    if wanted.enabledEventTypes and not set(config.enabledEventTypes or ()) <= set(wanted.enabledEventTypes):
        problems["enabledEventTypes"] = "Every type is recorded."
    if problems:
        raise InvalidInput(**problems)
    if wanted.eventsExpiration not in {None, config.eventsExpiration}:
        _change_retention(call, realm, f"{wanted.eventsExpiration}s")


def _change_retention(call: Call, realm: Realm, retention: str) -> None:
    before = describe_realm(realm)["event_retention"]
    try:
        change_realm(realm, {"event_retention": retention})
    except InvalidInput as error:
        raise rename_problems(error) from error
    after = {"event_retention": describe_realm(realm)["event_retention"]}
    call.record(Tag.REALM_CHANGED, "events/config", before={"event_retention": before}, after=after)


def _config(realm: Realm) -> EventsConfigRepresentation:
    return EventsConfigRepresentation(
        eventsEnabled=True,
        eventsExpiration=realm.event_retention,
        eventsListeners=[],
        enabledEventTypes=list_types(),
        adminEventsEnabled=True,
        adminEventsDetailsEnabled=True,
    )


def _refuse_deletion() -> Response:
    response = answer_error(405, "method_not_allowed", "Events are evidence: only time takes them away.")
    response.headers["Allow"] = "GET"
    return response
