"""Brings a database to the tables of this version, step by step (Alembic).

The steps are in `cloud/store/migrations/versions`. All of them run in one transaction under a
lock, so that two processes that start together, or one that dies half-way, leave no half step.
A developer makes the next one with

    alembic -c cloud/store/migrations/alembic.ini revision --autogenerate -m WHAT --rev-id r0007
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

from cloud.errors import StoreError

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_BASELINE: Final = "r0001"
"""The tables of databases that are older than the steps."""
_TABLE_OF_BASELINE: Final = "trigger"


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Run the steps that a database lacks.

    Args:
        engine: The database.
        where: Its address for error messages, without the password.

    Raises:
        StoreError: The database was written by a newer version.
        sqlalchemy.exc.SQLAlchemyError: The database cannot be reached or refuses a step.
    """
    config = _config()
    with engine.connect() as connection, connection.begin():
        _lock(connection)
        if _older_than_the_steps(connection):
            config.attributes["connection"] = connection
            command.stamp(config, _BASELINE)
        revision = MigrationContext.configure(connection).get_current_revision()
        _check_known(config, revision, where)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(engine: Engine) -> str | None:
    """Return the step that a database has reached."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the step that this version of the kit wants."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('tremorkit schema'))")


def _older_than_the_steps(connection: Connection) -> bool:
    tables = inspect(connection).get_table_names()
    return _TABLE_OF_BASELINE in tables and "alembic_version" not in tables


def _check_known(config: Config, revision: str | None, where: str) -> None:
    if revision is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError as error:
        reason = (
            f"its tables are at step {revision!r}, which this version does not know: "
            "a newer version wrote it; install that one, or use another database"
        )
        raise StoreError(where, reason) from error
