"""Whether a rule wants a revision of an event."""

from cloud.shaking import Shaking, shaking_at
from cloud.traveltimes import TravelTimes
from cloud.webhooks.config import Rule
from edge.messages import Event, EventStatus
from edge.timestamps import ns_to_seconds

_ORDER = (
    EventStatus.POSSIBLE,
    EventStatus.PRELIMINARY,
    EventStatus.DECLARED,
    EventStatus.FINAL,
)


def shaking_of(rule: Rule, event: Event, times: TravelTimes) -> Shaking | None:
    """Return what an event means at the place of a rule; None where it has none."""
    if rule.place is None:
        return None
    return shaking_at(event, rule.place.latitude, rule.place.longitude, times)


def wanted(rule: Rule, event: Event, shaking: Shaking | None, now_ns: int, *, told: bool) -> bool:
    """Return whether a revision is to be told.

    Args:
        rule: The rule.
        event: The revision.
        shaking: What it means at the rule's place.
        now_ns: The data clock.
        told: An earlier revision was told already, or is about to be.
    """
    if event.exercise and not rule.exercise:
        return False
    if event.status is EventStatus.RETRACTED:
        return told
    if told:
        return rule.updates
    if _ORDER.index(event.status) < _ORDER.index(rule.least_status):
        return False
    return _reaches(event.magnitude, rule.min_magnitude) and _concerns(rule, shaking, now_ns)


def _concerns(rule: Rule, shaking: Shaking | None, now_ns: int) -> bool:
    if shaking is None:
        return True
    near = rule.max_distance_km is None or shaking.distance_km <= rule.max_distance_km
    lead_s = ns_to_seconds(shaking.s_ns - now_ns)
    return (
        near
        and _reaches(shaking.intensity, rule.min_intensity)
        and _reaches(lead_s, rule.min_lead_s)
    )


def _reaches(value: float | None, least: float | None) -> bool:
    """Return whether a value is known and large enough, where a least one is given."""
    return least is None or (value is not None and value >= least)
