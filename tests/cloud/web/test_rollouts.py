"""Rollouts over the API: what is shown, and who may give orders."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.config import ServiceConfig
from cloud.holdings import open_holdings
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.measures import Measures
from cloud.rollout.rollout import Note
from cloud.rollout.target import Target, TargetStatus
from cloud.store.tokens import Role, Tokens
from cloud.web import Behind, create_app
from tests.cloud.rollout.test_engine import begun

FIGURES = {"heard_s": 1800.0, "firings": 4.0, "incumbent_firings": 3.0, "incumbent_hops": 7200.0}
URL = "/api/v1/rollouts/r-2"


@dataclass
class Centre:
    """A centre with one rollout, an operator and a reader."""

    client: TestClient
    log: RolloutLog
    operator: str
    reader: str

    def order(self, verb: str, authorization: str, **headers: str) -> int:
        """Give an order; return the status."""
        headers = {"Authorization": authorization, "X-Requested-With": "test"} | headers
        kept = {name: value for name, value in headers.items() if value}
        return self.client.post(f"{URL}/{verb}", json={}, headers=kept).status_code


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a centre with a rollout whose first ring has begun."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as holdings:
        engine = holdings.store.engine
        log, tokens = RolloutLog(engine), Tokens(engine)
        sums = Measures(span_s=100.0, cpu_s=5.0, latency_sum_s=20.0, reports=10)
        targets = [
            Target(station="XX.A", ring="canary", status=TargetStatus.COMMITTED, since=0),
            Target(
                station="XX.B",
                ring="canary",
                status=TargetStatus.FAILED,
                since=0,
                detail="rejected in shadow: loud",
                figures=FIGURES,
                before=sums,
                after=sums,
            ),
            Target(station="XX.C", ring="all", since=0),
        ]
        log.begin(Change(begun(), targets, [Note(action="start", by="ana")]), None, 5_000)
        kept = log.get("r-2")
        assert kept is not None
        log.save(kept, Change(kept.rollout, targets), 6_000)
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        operator, reader = tokens.add("ana", 0, Role.OPERATOR), tokens.add("wall", 0)
        with TestClient(create_app(Board(), lambda: 0, behind=behind)) as client:
            yield Centre(client, log, operator, reader)


def test_a_rollout_with_its_rings_and_both_compared(centre: Centre) -> None:
    """Counts by ring and status, what is asked of each ring, figures of shadow and charge."""
    (line,) = centre.client.get("/api/v1/rollouts").json()
    found = centre.client.get(URL).json()
    canary, everybody = found["rings"]
    compared = found["comparison"]

    assert ("r-2", "model", "models/net-2.tremor", "running", True, "canary", "ana") == tuple(
        line[name] for name in ("id", "kind", "what", "state", "live", "ring", "by")
    )
    assert line == {name: found[name] for name in line}
    assert ({"committed": 1, "failed": 1}, True, 2) == (
        canary["counts"],
        canary["begun"],
        canary["stations"],
    )
    assert ({"planned": 1}, False) == (everybody["counts"], everybody["begun"])
    assert (4.0, 3.0, 1800.0) == (
        compared["firings"],
        compared["incumbent_firings"],
        compared["heard_s"],
    )
    assert (0.05, 2.0, None) == tuple(
        compared["after"][name] for name in ("cpu_share", "latency_s", "memory_bytes")
    )
    assert 10.0 == canary["plan"]["soak_s"]


def test_stations_and_audit_of_a_rollout(centre: Centre) -> None:
    """All, or those that stand in one way; the words of the audit."""
    stations = centre.client.get(f"{URL}/stations").json()
    failed = centre.client.get(f"{URL}/stations?status=failed").json()
    audit = centre.client.get(f"{URL}/audit").json()

    assert ["XX.A", "XX.B", "XX.C"] == [one["station"] for one in stations]
    assert ["rejected in shadow: loud"] == [one["detail"] for one in failed]
    assert [("start", "ana")] == [(one["action"], one["by"]) for one in audit]


def test_an_unknown_rollout_is_said(centre: Centre) -> None:
    """Whatever is asked of it."""
    asked = [centre.client.get(f"/api/v1/rollouts/none{path}") for path in ("", "/stations")]
    asked.append(centre.client.get("/api/v1/rollouts/none/audit"))

    assert {(404, "no rollout 'none'; /api/v1/rollouts lists them")} == {
        (one.status_code, one.json()["detail"]) for one in asked
    }


def test_an_operator_pauses_resumes_and_aborts(centre: Centre) -> None:
    """Each is in the audit under the operator's name; the engine sees it at its next look."""
    headers = {"Authorization": f"Bearer {centre.operator}", "X-Requested-With": "test"}
    states = []
    for verb in ("pause", "resume", "abort"):
        answer = centre.client.post(f"{URL}/{verb}", json={"reason": "ice"}, headers=headers)
        states.append((answer.json()["state"], answer.json()["reason"]))
    again = centre.client.post(f"{URL}/abort", json={}, headers=headers)
    (kept,) = centre.log.live()

    assert [("paused", "ice"), ("running", ""), ("returning", "aborted by ana: ice")] == states
    assert 409 == again.status_code
    assert "is returning" in again.json()["detail"]
    assert "returning" == kept.rollout.state
    assert [(verb, "ana", "ice") for verb in ("pause", "resume", "abort")] == [
        (one.action, one.by, one.detail) for one in centre.log.audit("r-2", 3)
    ]


def test_nobody_else_gives_orders(centre: Centre) -> None:
    """No token, a reader's, a wrong or a revoked one: nothing changes."""
    wrong = centre.operator[:-1] + ("x" if centre.operator[-1] != "x" else "y")
    shown = ("", f"Bearer {centre.reader}", f"Bearer {wrong}", "Basic ==", "Bearer")

    assert [403] * len(shown) == [centre.order("abort", one) for one in shown]
    (kept,) = centre.log.live()
    assert "running" == kept.rollout.state


def test_a_page_of_somebody_else_cannot_give_orders(centre: Centre) -> None:
    """The browser adds the password by itself; the header that is needed it does not."""
    basic = base64.b64encode(f"ana:{centre.operator}".encode()).decode()
    form = centre.client.post(
        f"{URL}/abort",
        content='{"reason": "x"}',
        headers={"Authorization": f"Basic {basic}", "Content-Type": "text/plain"},
    )

    assert 403 == centre.order("pause", f"Basic {basic}", **{"X-Requested-With": ""})
    assert form.status_code in {403, 422}
    assert 200 == centre.order("pause", f"Basic {basic}")


def test_an_order_that_makes_no_sense_is_refused(centre: Centre) -> None:
    """Unknown verbs, endless reasons, a rollout that nobody knows."""
    headers = {"Authorization": f"Bearer {centre.operator}", "X-Requested-With": "test"}
    post = centre.client.post

    assert 422 == post(f"{URL}/explode", json={}, headers=headers).status_code
    long = post(f"{URL}/abort", json={"reason": "x" * 501}, headers=headers)
    assert 422 == long.status_code
    unknown = post("/api/v1/rollouts/none/abort", json={}, headers=headers)
    assert 404 == unknown.status_code
    assert 409 == centre.order("resume", f"Bearer {centre.operator}")


def test_who_is_an_operator_is_told(centre: Centre) -> None:
    """The page shows its buttons to nobody else; a reader learns that he is none."""
    asked = ({}, {"Authorization": f"Bearer {centre.reader}"})
    operator = {"Authorization": f"Bearer {centre.operator}"}

    def who(headers: dict[str, str]) -> str | None:
        name = centre.client.get("/api/v1/operator", headers=headers).json()["operator"]
        assert name is None or isinstance(name, str)
        return name

    assert [None, None, "ana"] == [who(headers) for headers in (*asked, operator)]


def test_an_order_is_not_lost_while_the_centre_works_on_the_rollout(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The centre saves between the reading and the writing of the order."""
    read, taken = RolloutLog.get, []

    def in_between(log: RolloutLog, rollout: str) -> object:
        found = read(log, rollout)
        if found is not None and len(taken) < 2:
            taken.append(found)
            log.save(found, Change(found.rollout), 7_000)
        return found

    monkeypatch.setattr(RolloutLog, "get", in_between)

    assert 200 == centre.order("pause", f"Bearer {centre.operator}")
    assert 2 == len(taken)
