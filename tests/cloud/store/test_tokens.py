"""Tokens are made once, kept as hashes, and taken back."""

import pytest

from cloud.store import Store
from cloud.store.tokens import Role, Tokens


@pytest.fixture
def store(database_url: str) -> Store:
    """Return an empty store of each kind."""
    return Store(url=database_url)


def test_a_token_holds_until_it_is_revoked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other text never does; a revoked one stays in the list."""
    monkeypatch.setattr("cloud.store.tokens.REFRESH_S", -1.0)
    tokens = Tokens(store.engine)
    one, other = tokens.add("wall", 1_000), tokens.add("school", 2_000)
    number = one.partition(".")[0]
    before = [tokens.holds(text) for text in (one, other, "", number, f"{number}.", one + "x")]
    revoked = [tokens.revoke(number, 3_000), tokens.revoke(number, 4_000)]
    after = [tokens.holds(one), tokens.holds(other)]
    listed = tokens.all()
    store.close()

    assert [True, True, False, False, False, False] == before
    assert [True, False] == revoked
    assert [False, True] == after
    assert [("wall", 3_000), ("school", None)] == [(one.name, one.revoked) for one in listed]


def test_the_database_does_not_know_the_token(store: Store) -> None:
    """Who steals it cannot read with what he finds."""
    token = Tokens(store.engine).add("wall", 1_000)
    with store.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM token").all())
    store.close()

    assert token.partition(".")[2] not in rows


def test_tokens_hold_while_the_database_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were when it was last read."""
    monkeypatch.setattr("cloud.store.tokens.REFRESH_S", -1.0)
    tokens = Tokens(store.engine)
    token = tokens.add("wall", 1_000)
    before = tokens.holds(token)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE token")
    after = tokens.holds(token)
    store.close()

    assert [True, True] == [before, after]


def test_only_an_operators_token_gives_orders(store: Store) -> None:
    """It reads, too; a reader's, or one that is wrong or revoked, names nobody."""
    tokens = Tokens(store.engine)
    reader, operator = tokens.add("wall", 1_000), tokens.add("ana", 2_000, Role.OPERATOR)
    gone = tokens.add("ben", 3_000, Role.OPERATOR)
    tokens.revoke(gone.partition(".")[0], 4_000)
    found = [tokens.operator(text) for text in (operator, reader, gone, operator + "x", "")]
    reads = tokens.holds(operator)
    store.close()

    assert ["ana", None, None, None, None] == found
    assert reads
