"""Fixtures of the centre's tests: databases of both kinds."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from tests.cloud.postgres import INITDB, MISSING, PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server; skips where there is none."""
    if INITDB is None:
        pytest.skip(MISSING)
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """Return the URL of an empty database of its own."""
    url = URL.create(
        "postgresql+psycopg",
        username="tremor",
        password=postgres_server.password,
        host=postgres_server.host,
        port=postgres_server.port,
        database="postgres",
    )
    name = f"test_{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    # The form that people write, without a driver.
    plain = url.set(drivername="postgresql", database=name)
    return plain.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database: each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'centre.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
