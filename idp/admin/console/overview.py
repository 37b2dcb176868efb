"""The console's first page: how the realm stands, in pictures."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session
from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.charts import Chart, highest
from idp.admin.console.page import render_console_page
from idp.admin.console.policy import ANY_ROLE, ConsolePage
from idp.events.statistics import count_by_day
from idp.events.tags import Tag
from idp.mail.queue import QueueState, describe_queue
from idp.pki.statistics import count_expiring_by_week
from idp.storage.cache import MomentaryCache
from idp.users.adoption import Adoption, count_adoption
from idp.web.exchange import Exchange
from idp.web.services import Services

DAYS, WEEKS = 30, 12
_SUCCESSES = (Tag.LOGIN_SUCCESS,)
_FAILURES = (Tag.LOGIN_FAILURE, Tag.LOGIN_LOCKED, Tag.CERTIFICATE_REFUSED)


@dataclass(frozen=True)
class Day:
    """The sign-ins of a day (UTC)."""

    day: date
    successes: int
    failures: int


@dataclass(frozen=True)
class Week:
    """How many certificates end in the seven days from *day* on."""

    day: date
    certificates: int


@dataclass(frozen=True)
class Figures:
    """What the overview shows of a realm."""

    days: tuple[Day, ...]
    adoption: Adoption
    weeks: tuple[Week, ...]
    mail: QueueState


class Overview:
    """The page and its figures, which are counted now and then for each realm, however many look at them.

    With a million people and as many sign-ins a month that takes a second; so what is over is counted once an hour,
    people every five minutes, and only the rest every minute.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.figures = MomentaryCache(self._count, lifetime=60)
        self._past = MomentaryCache(self._count_past_days, lifetime=3600)
        self._adoption = MomentaryCache(self._count_adoption, lifetime=300)

    def show(self, exchange: Exchange, administrator: Administrator) -> Response:
        """Show what the person's roles let them see."""
        return render_console_page(
            exchange,
            administrator,
            "overview",
            figures=self.figures.get(administrator.realm.id),
            chart=Chart,
            highest=highest,
        )

    def _count(self, realm_id: str) -> Figures:
        now = self._services.clock.now()
        past, adoption = self._past.get((realm_id, now.date())), self._adoption.get(realm_id)
        with self._services.database.transaction() as session:
            today = _count_days(session, realm_id, now.date(), now.date())
            counts = count_expiring_by_week(session, realm_id, since=now, weeks=WEEKS)
            weeks = tuple(Week((now + timedelta(weeks=number)).date(), count) for number, count in enumerate(counts))
            return Figures(past + today, adoption, weeks, describe_queue(session, realm_id))

    def _count_past_days(self, key: tuple[str, date]) -> tuple[Day, ...]:
        realm_id, today = key
        with self._services.database.transaction() as session:
            return _count_days(session, realm_id, today - timedelta(days=DAYS - 1), today - timedelta(days=1))

    def _count_adoption(self, realm_id: str) -> Adoption:
        with self._services.database.transaction() as session:
            return count_adoption(session, realm_id, now=self._services.clock.now())


def _count_days(session: Session, realm_id: str, first: date, last: date) -> tuple[Day, ...]:
    """Return the days from *first* to *last*, both included."""
    since, until = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last + timedelta(days=1)))
    counts = count_by_day(session, realm_id, (*_SUCCESSES, *_FAILURES), since=since, until=until)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(
        Day(day, *(sum(counts.get((day, tag), 0) for tag in tags) for tags in (_SUCCESSES, _FAILURES))) for day in days
    )


def build_pages(services: Services) -> tuple[ConsolePage, ...]:
    """Return the page with its memory."""
    return (ConsolePage(path="", view=ANY_ROLE, show=Overview(services).show),)
