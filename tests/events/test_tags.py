"""Event tags: what programs that read the audit trail rely on."""

import re

from idp.events.tags import Tag
from idp.models import Event


def test_tags_are_source_subject_action() -> None:
    """Small words, two or three of them, so that a prefix selects a group."""
    word = "[a-z][a-z-]*"
    odd = [tag for tag in Tag if not re.fullmatch(f"{word}:{word}(:{word})?", tag)]

    assert odd == []


def test_tags_fit_their_column() -> None:
    """PostgreSQL would refuse a longer one."""
    assert max(map(len, Tag)) <= Event.__table__.c.tag.type.length


def test_tags_differ() -> None:
    """An enumeration would make two names of one tag silently the same."""
    assert len(Tag) == len(Tag.__members__)
