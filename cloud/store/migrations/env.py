"""Run by Alembic: hands the steps a connection and our tables."""

from alembic import context
from sqlalchemy import Connection, create_engine

from cloud.store.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


_given: Connection | None = context.config.attributes.get("connection")
if _given is not None:
    # The kit's own way: transaction and lock are the caller's (cloud.store.migrate).
    _run(_given)
else:
    # A developer's way, `alembic -c alembic.ini -x url=...`.
    _url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///new-step.sqlite")
    with create_engine(_url).begin() as _connection:
        _run(_connection)
