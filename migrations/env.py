"""Alembic's environment; the connection, its transaction and the locks come from `idp.storage.migrations`."""

from alembic import context

from idp.models import Base

connection = context.config.attributes["connection"]
options = {
    "connection": connection,
    "target_metadata": Base.metadata,
    "transactional_ddl": True,
    "render_as_batch": True,
}
context.configure(**(options | context.config.attributes.get("options", {})))
with context.begin_transaction():
    context.run_migrations()
