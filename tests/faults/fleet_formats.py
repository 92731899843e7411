"""Everything that a station and its centre read of enrolment, updates and cards."""

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cloud.config import ServiceConfig
from cloud.enrolment.authority import make_authority
from cloud.enrolment.config import EnrolmentConfig
from cloud.enrolment.desk import Desk
from cloud.enrolment.office import Office, authority_folder
from cloud.errors import EnrolmentRefusedError
from cloud.holdings import open_store
from edge.enrol.identity import IdentityStore, Kept
from edge.enrol.keys import check_grant, make_key, make_request, prove
from edge.enrol.ticket import Ticket, read_ticket
from edge.enrol.wire import EnrolRequest, Grant, RenewRequest
from edge.errors import ConfigError, EnrolError, UpdateRefusedError
from edge.provision.order import root_key_ids
from edge.provision.system import load_system_config
from edge.software.archive import here, open_archive
from edge.update.configuration import read_settings
from edge.update.record import End, Outcome, Phase, Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind, read_order
from tests.edge.provision.conftest import KEY
from tests.edge.software.builder import wheel
from tests.faults.formats import ROOT, Format

NAME = ("XX", "KARA1")
SHA = "ab" * 32


@contextmanager
def _centre(folder: Path) -> Iterator[tuple[Desk, Ticket]]:
    """A desk that enrols, and a token that it gave."""
    section = EnrolmentConfig(names=("localhost",), broker="localhost")
    config = ServiceConfig(enrolment=section, state_dir=folder / "centre")
    make_authority(authority_folder(config), "test", 3650, None, time.time_ns())
    store = open_store(config)
    office = Office(config, store.engine)
    desk = Desk(lambda: office.authorities, office.registry, section, office.url(), time.time_ns)
    try:
        yield desk, office.add(NAME)
    finally:
        store.close()


def _refused(read: Callable[[], object], *errors: type[Exception]) -> bool:
    try:
        read()
    except errors:
        return False
    return True


@contextmanager
def enrolment_questions(folder: Path) -> Iterator[Format]:
    """What stations ask the centre, as it decides on them."""
    with _centre(folder) as (desk, ticket):
        key = make_key()
        first = EnrolRequest(token=ticket.token, request=make_request(key, "XX/KARA1"))
        grant = desk.enrol(first, "test")
        request = make_request(key, "XX/KARA1")
        proof = prove(key, request)
        after = RenewRequest(certificate=grant.certificate, request=request, proof=proof)

        def take(content: bytes) -> bool:
            if b'"proof"' in content:
                return _refused(
                    lambda: desk.renew(RenewRequest.model_validate_json(content), "test"),
                    ValueError,
                    EnrolmentRefusedError,
                )
            return _refused(
                lambda: desk.enrol(EnrolRequest.model_validate_json(content), "test"),
                ValueError,
                EnrolmentRefusedError,
            )

        yield Format((first.model_dump_json().encode(), after.model_dump_json().encode()), take)


@contextmanager
def enrolment_answers(folder: Path) -> Iterator[Format]:
    """What the centre answers, as a station looks at it."""
    key = make_key()
    with _centre(folder) as (desk, ticket):
        grant = desk.enrol(
            EnrolRequest(token=ticket.token, request=make_request(key, "XX/KARA1")), "test"
        )

    def take(content: bytes) -> bool:
        return _refused(
            lambda: check_grant(
                Grant.model_validate_json(content), key, "XX/KARA1", time.time_ns()
            ),
            ValueError,
            EnrolError,
        )

    yield Format((grant.model_dump_json().encode(),), take)


@contextmanager
def tickets(folder: Path) -> Iterator[Format]:
    """Token files."""
    path = folder / "token"
    with _centre(folder) as (_, ticket):
        example = ticket.to_bytes()

    def take(content: bytes) -> bool:
        path.write_bytes(content)
        return _refused(lambda: read_ticket(path), EnrolError)

    yield Format((example,), take)


@contextmanager
def identities(folder: Path) -> Iterator[Format]:
    """The station's own identity, from a card that rots."""
    store, key = IdentityStore(folder), make_key()
    with _centre(folder) as (desk, ticket):
        grant = desk.enrol(
            EnrolRequest(token=ticket.token, request=make_request(key, "XX/KARA1")), "test"
        )
    kept = Kept(network="XX", station="KARA1", key=key.decode(), token_id="0" * 8, grant=grant)
    store.keep(kept)

    def take(content: bytes) -> bool:
        store.identity.write_bytes(content)
        return _refused(store.read, EnrolError)

    yield Format((kept.model_dump_json().encode(),), take)


@contextmanager
def assignments(_: Path) -> Iterator[Format]:
    """What rings are to run, of each kind, and what is left."""
    place = "software/tremorkit-1.0-aarch64-cp313.tar"
    common = {"rollout_id": "r-1", "wave": 1, "not_before": "2026-01-01T00:00:00Z"}
    said: dict[Kind, dict[str, object]] = {
        Kind.MODEL: {**common, "model": "models/net-2.tremor", "sha256": SHA},
        Kind.SOFTWARE: {**common, "version": "1.0", "archives": {place: SHA}},
        Kind.CONFIGURATION: {**common, "configuration": "configuration/a-1.toml", "sha256": SHA},
    }
    examples = [json.dumps(one).encode() for one in said.values()]
    examples.append(json.dumps({**common, "leaving": [SHA]}).encode())

    def take(content: bytes) -> bool:
        readers = [partial(read_order, kind, content) for kind in Kind]
        return any([_refused(reader, ValueError) for reader in readers])  # noqa: C419 - all read

    yield Format(tuple(examples), take)


@contextmanager
def update_records(folder: Path) -> Iterator[Format]:
    """What a station keeps of updates, from a card that rots: it must start whatever is there."""
    store = UpdateStore(folder)
    outcome = Outcome(
        sha256=SHA,
        name="net",
        version=2,
        rollout_id="r-1",
        end=End.COMMITTED,
        phase=Phase.PROBATION,
        reason="well",
        time=1_700_000_000 * 10**9,
        figures={"heard_s": 2.5},
    )
    store.folder.mkdir()
    example = Record(last=outcome, highest={"net": 2}, floors={"net": 1}, failures=1)

    def take(content: bytes) -> bool:
        store.path.write_bytes(content)
        return store.read() != Record()

    yield Format((example.model_dump_json().encode(),), take)


def _packed(manifest: bytes, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, one in (("manifest.json", manifest), ("a-1.0-py3-none-any.whl", content)):
            member = tarfile.TarInfo(name)
            member.size = len(one)
            archive.addfile(member, io.BytesIO(one))
    return buffer.getvalue()


@contextmanager
def software_archives(folder: Path) -> Iterator[Format]:
    """Archives of agent software, as they are checked before anything of them is unpacked."""
    path, (platform, python) = folder / "release.tar", here()
    content = wheel({"a/__init__.py": b"a = 1\n"})
    said = {"file": "a-1.0-py3-none-any.whl", "name": "a", "size_bytes": len(content)}
    said["sha256"] = hashlib.sha256(content).hexdigest()
    manifest = {"kit": "1.0", "platform": platform, "python": python, "wheels": [said]}

    def take(archive: bytes) -> bool:
        path.write_bytes(archive)

        def read() -> None:
            with open_archive(path) as one:
                one.check("1.0")

        return _refused(read, UpdateRefusedError)

    yield Format((_packed(json.dumps(manifest).encode(), content),), take)


@contextmanager
def settings(_: Path) -> Iterator[Format]:
    """Settings that come over the air."""
    example = b"[detection.sta_lta]\non_ratio = 5.5\noff_ratio = 1.5\n"

    yield Format((example,), lambda content: _refused(lambda: read_settings(content), ConfigError))


@contextmanager
def system_files(folder: Path) -> Iterator[Format]:
    """The files that say who may log in and by which network."""
    path = folder / "system.toml"
    examples = tuple(
        one.read_bytes()
        .replace(b"PUBLIC KEY", KEY.encode())
        .replace(b'\npassword = ""', b'\npassword = "valley and hill"')
        for one in sorted((ROOT / "firmware_configs" / "images").glob("system*.toml"))
    )

    def take(content: bytes) -> bool:
        path.write_bytes(content)
        return _refused(lambda: load_system_config(path), ConfigError)

    yield Format(examples, take)


@contextmanager
def roots_of_trust(_: Path) -> Iterator[Format]:
    """Whom a station is to believe about updates, as a card's maker reads it."""
    signed = {"_type": "root", "roles": {"root": {"keyids": [SHA, "cd" * 32], "threshold": 1}}}
    example = json.dumps({"signed": signed, "signatures": []}).encode()

    yield Format((example,), lambda content: bool(root_key_ids(content)))


FLEET_FORMATS = {
    one.__name__: one
    for one in (
        assignments,
        enrolment_answers,
        enrolment_questions,
        identities,
        roots_of_trust,
        settings,
        software_archives,
        system_files,
        tickets,
        update_records,
    )
}
