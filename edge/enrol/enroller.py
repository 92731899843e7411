"""The steps to a certificate, in an order in which a power cut does no harm.

    1. the key is made and on the disk, before anybody hears of it
    2. the centre certifies it; asked again with the same key it gives a certificate again
    3. key, certificate, authority and address are put as one file
    4. the token is wiped, the key of step 1 is dropped

The next certificate comes by the same steps, with the old key's signature for the token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel

from edge.enrol.client import ask
from edge.enrol.config import EnrolmentSection
from edge.enrol.identity import IdentityStore, Kept
from edge.enrol.keys import check_grant, load_key, make_key, make_request, prove
from edge.enrol.ticket import Ticket, read_ticket
from edge.enrol.wire import ENROL_PATH, RENEW_PATH, EnrolRequest, Grant, RenewRequest
from edge.errors import EnrolError, EnrolRefusedError, UpdateError
from edge.update.gate import check_clock, is_kept_by_kernel


class Done(StrEnum):
    """What became of an attempt."""

    ENROLLED = "enrolled"
    RENEWED = "renewed"
    HELD = "held"
    """There is a certificate, and it holds long enough."""


class Ask(Protocol):
    """Who asks the centre."""

    def __call__(self, url: str, question: BaseModel, authority: str, timeout_s: float) -> Grant:
        """Return the centre's answer."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What an enroller finds outside the station's files."""

    ask: Ask = ask
    now_ns: Callable[[], int] = time.time_ns
    is_kept: Callable[[], bool] = is_kept_by_kernel


class Enroller:
    """Enrols a station, or renews its certificate.

    Args:
        network: Its network.
        station: Its station code.
        section: The settings.
        store: The files.
        around: Centre and clock.
    """

    def __init__(
        self,
        network: str,
        station: str,
        section: EnrolmentSection,
        store: IdentityStore,
        around: Around | None = None,
    ) -> None:
        self._network, self._station = network, station
        self._section = section
        self._store = store
        self._around = around or Around()
        self._token = section.token_file or store.default_token

    @property
    def _name(self) -> str:
        return f"{self._network}/{self._station}"

    def run(self, *, renew_now: bool = False) -> Done:
        """Do what is to be done now.

        Args:
            renew_now: Renew a certificate that would hold for longer.

        Raises:
            EnrolError: It cannot be done now; try again later.
            EnrolRefusedError: The centre refuses.
        """
        try:
            return self._run(renew_now=renew_now)
        except OSError as error:
            raise EnrolError("files", str(error)) from error

    def _run(self, *, renew_now: bool) -> Done:
        kept = self._kept()
        ticket = self._ticket(kept)
        if kept is None or (ticket is not None and ticket.token_id != kept.token_id):
            try:
                self._enrol(ticket)
            except (EnrolError, EnrolRefusedError):
                # A bad token must not let a good certificate run out.
                if kept is None or not self._is_due(kept):
                    raise
            else:
                return Done.ENROLLED
        else:
            self._tidy(kept)
        if not renew_now and not self._is_due(kept):
            self._store.lay_out(kept)
            return Done.HELD
        self._renew(kept)
        return Done.RENEWED

    def _is_due(self, kept: Kept) -> bool:
        return self._around.now_ns() >= kept.renew_at_ns

    def _ticket(self, kept: Kept | None) -> Ticket | None:
        """Return what the token file holds; whoever has a certificate passes over a bad one."""
        try:
            return read_ticket(self._token)
        except EnrolError:
            if kept is None:
                raise
            return None

    def _kept(self) -> Kept | None:
        """Return the identity; one that is damaged or another's is none where there is a token."""
        try:
            kept = self._store.read()
        except EnrolError:
            if read_ticket(self._token) is None:
                raise
            return None
        if kept is None or (kept.network, kept.station) == (self._network, self._station):
            return kept
        if read_ticket(self._token) is not None:
            return None
        reason = f"the certificate is that of {kept.network}/{kept.station}, not of {self._name}"
        raise EnrolError("files", f"{reason}; give the station a token of its own")

    def _tidy(self, kept: Kept) -> None:
        """Finish what a power cut left: the identity is safe, so the rest may go."""
        self._store.wipe(self._token)
        if self._store.read_pending() == kept.key.encode("ascii"):
            self._store.drop_pending()

    def _enrol(self, ticket: Ticket | None) -> None:
        if ticket is None:
            reason = (
                f"there is no certificate, and no token at {self._token}; make one: "
                f"cloud-aggregator station add {self._network}.{self._station}"
            )
            raise EnrolError("token", reason)
        if (ticket.network, ticket.station) != (self._network, self._station):
            reason = (
                f"{self._token} is for {ticket.network}/{ticket.station}, the station file says "
                f"{self._name}; were two cards mixed up?"
            )
            raise EnrolError("token", reason)
        self._check_clock(ticket.issued)
        key = self._key()
        request = make_request(key, self._name)
        question = EnrolRequest(token=ticket.token, request=request)
        grant = self._around.ask(
            ticket.url + ENROL_PATH, question, ticket.authority, self._section.timeout_s
        )
        self._take(key, grant, ticket.token_id)
        self._store.wipe(self._token)
        self._store.drop_pending()

    def _renew(self, kept: Kept) -> None:
        self._check_clock(kept.grant.not_before)
        key = self._key()
        request = make_request(key, self._name)
        question = RenewRequest(
            certificate=kept.grant.certificate,
            request=request,
            proof=prove(kept.key.encode("ascii"), request),
        )
        grant = self._around.ask(
            kept.grant.url + RENEW_PATH, question, kept.grant.authority, self._section.timeout_s
        )
        self._take(key, grant, kept.token_id)
        self._store.drop_pending()

    def _take(self, key: bytes, grant: Grant, token_id: str) -> None:
        check_grant(grant, key, self._name, self._around.now_ns())
        kept = Kept(
            network=self._network,
            station=self._station,
            key=key.decode("ascii"),
            token_id=token_id,
            grant=grant,
        )
        self._store.keep(kept)
        self._store.lay_out(kept)

    def _key(self) -> bytes:
        """Return the key of an attempt that was cut short, or a new one."""
        pending = self._store.read_pending()
        if pending is not None:
            try:
                load_key(pending)
            except (ValueError, TypeError):
                self._store.drop_pending()
            else:
                return pending
        key = make_key()
        self._store.keep_pending(key)
        return key

    def _check_clock(self, newest_ns: int) -> None:
        is_kept = self._around.is_kept if self._section.clock == "kept" else None
        try:
            check_clock(self._around.now_ns(), newest_ns, is_kept)
        except UpdateError as error:
            raise EnrolError("clock", error.reason) from error
