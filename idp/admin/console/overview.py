"""The console's first page: how the realm stands, in pictures. What it shows is at most a minute old."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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
_LIFETIME = 60.0
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
    """The page and its figures, which are counted once a minute for each realm, however many look at them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.figures = MomentaryCache(self._count, lifetime=_LIFETIME)

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
        with self._services.database.transaction() as session:
            first = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
            since = datetime(first.year, first.month, first.day, tzinfo=UTC)
            counts = count_by_day(session, realm_id, (*_SUCCESSES, *_FAILURES), since=since)
            days = tuple(
                Day(day, *(sum(counts.get((day, tag), 0) for tag in tags) for tags in (_SUCCESSES, _FAILURES)))
                for day in (first + timedelta(days=number) for number in range(DAYS))
            )
            weeks = tuple(
                Week((now + timedelta(weeks=number)).date(), count)
                for number, count in enumerate(count_expiring_by_week(session, realm_id, since=now, weeks=WEEKS))
            )
            adoption = count_adoption(session, realm_id, now=now)
            return Figures(days, adoption, weeks, describe_queue(session, realm_id))


def build_pages(services: Services) -> tuple[ConsolePage, ...]:
    """Return the page with its memory."""
    return (ConsolePage(path="", view=ANY_ROLE, show=Overview(services).show),)
