"""Tokens and certificates in both kinds of database; limits of who is wrong."""

import threading

import pytest

from cloud.enrolment.limiter import Limiter
from cloud.enrolment.registry import Issued, Registry, Token
from cloud.enrolment.views import Standing
from cloud.store import Store

KARA1 = ("XX", "KARA1")


def _issued(serial: str, key: str = "k", now_ns: int = 10) -> Issued:
    return Issued(serial, KARA1, key, now_ns, 1_000, "pem")


def _token(registry: Registry, shown: str) -> Token:
    found = registry.token(shown)
    assert found is not None
    return found


def test_a_life_from_token_to_revocation(database_url: str) -> None:
    """Each step leaves its line, and the secret is nowhere."""
    store = Store(url=database_url)
    registry = Registry(store.engine)
    shown = registry.add(KARA1, 1, 100)
    token = _token(registry, shown)

    assert 0 == registry.first(token, _issued("a"), "192.0.2.1")
    assert registry.first(token, _issued("b"), "192.0.2.1") is None
    assert registry.next("a", _issued("c", "l", 20), "192.0.2.1")
    assert not registry.next("zz", _issued("d", "m", 30), "192.0.2.1")
    assert Standing.ENROLLED is registry.all(50)[0].standing
    assert Standing.RAN_OUT is registry.all(5_000)[0].standing
    assert registry.revoke(KARA1, 60)
    assert not registry.next("c", _issued("e", "n", 70), "192.0.2.1")
    assert [(0xA, 60), (0xC, 60)] == registry.revoked(70)
    assert [] == registry.revoked(1_000)
    lines = registry.audit(100)
    assert ["revoke", "renew", "enrol", "token"] == [line.action for line in lines]
    assert not any(shown.partition(".")[2] in line.detail for line in lines)
    assert registry.token(shown[:-1] + ("A" if shown[-1] != "A" else "B")) is None
    store.close()


def test_a_revocation_beside_a_renewal_misses_nothing(database_url: str) -> None:
    """Whichever comes first, no certificate of a revoked station is left that holds."""
    store = Store(url=database_url)
    registry = Registry(store.engine)
    token = _token(registry, registry.add(KARA1, 1, 100))
    registry.first(token, _issued("a"), "192.0.2.1")
    begin = threading.Barrier(5)

    def renew(number: int) -> None:
        begin.wait()
        registry.next("a", _issued(f"b{number}", f"k{number}"), "192.0.2.1")

    threads = [threading.Thread(target=renew, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    begin.wait()
    registry.revoke(KARA1, 60)
    for thread in threads:
        thread.join()

    assert [] == [n for n in range(4) if registry.certificate(f"b{n}") is not None]
    assert registry.certificate("a") is None
    store.close()


@pytest.mark.parametrize(("first", "second"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "::1")])
def test_one_address_does_not_shut_out_another(first: str, second: str) -> None:
    """And after a while it may ask again."""
    now_s = 0.0
    limiter = Limiter(lambda: now_s)
    for _ in range(10):
        assert limiter.lets_in(first)
        limiter.failed(first)

    assert not limiter.lets_in(first)
    assert limiter.lets_in(second)
    now_s = 7.0
    assert limiter.lets_in(first)


def test_a_site_has_one_count_for_all_its_addresses() -> None:
    """Of IPv6, whoever has one address has 2^64."""
    limiter = Limiter(lambda: 0.0)
    for number in range(10):
        limiter.failed(f"2001:db8::{number:x}")

    assert not limiter.lets_in("2001:db8::ffff")
    assert limiter.lets_in("2001:db8:0:1::1")


def test_a_million_addresses_fill_no_memory() -> None:
    """The oldest are forgotten; the count of all holds the flood back."""
    now_s = 0.0
    limiter = Limiter(lambda: now_s)
    for number in range(10_000):
        limiter.failed(f"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}")

    assert len(limiter._by_address) <= 4096
    assert not limiter.lets_in("192.0.2.1")
