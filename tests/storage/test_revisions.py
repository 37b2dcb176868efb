"""The revision that is read without Alembic is the one Alembic knows."""

from alembic.script import ScriptDirectory

from idp.storage.migrations import build_config
from idp.storage.revisions import find_head


def test_head_is_the_one_of_alembic() -> None:
    """Files are read for two lines each, and lead to the same newest revision."""
    assert find_head() == ScriptDirectory.from_config(build_config()).get_current_head()
