"""The alarm of a running station: hops in, bell rung."""

from edge.alarm.bell import Bell
from edge.alarm.config import AlarmConfig
from edge.alarm.rule import AlarmRule, Ring
from edge.detect.seen import HopSeen
from edge.messages import Alarm, AlarmHealth, Trigger


class AlarmWatch:
    """Listens to the detectors and rings the bell.

    Args:
        config: The section.
        rule: Says when.
        bell: Rings.

    Attributes:
        bell: Rings.
    """

    def __init__(self, config: AlarmConfig, rule: AlarmRule, bell: Bell) -> None:
        self.bell = bell
        self._config = config
        self._rule = rule

    def listen(self, seen: HopSeen) -> None:
        """Take a hop."""
        standing = self.bell.standing.alarm
        ringing = standing.ringing and not standing.exercise
        ring = self._rule.push(seen, ringing=ringing)
        if ring is not None:
            self.bell.ring(self._alarm(ring))
        elif ringing and self._rule.is_strong(seen):
            self.bell.shaking()

    def drill(self, trigger: Trigger) -> None:
        """Ring for an exercise, where that is asked for."""
        if self._config.exercises:
            self.bell.ring(self._alarm(Ring(trigger.sent, trigger, None, trigger.jma_intensity)))

    def health(self) -> AlarmHealth:
        """Return how the alarm stands."""
        standing = self.bell.standing
        return AlarmHealth(
            ringing=standing.alarm.ringing,
            count=standing.count,
            suppressed=self._rule.suppressed,
            last=standing.alarm.time,
            problems=standing.problems,
        )

    @staticmethod
    def _alarm(ring: Ring) -> Alarm:
        trigger = ring.trigger
        pga_m_s2 = trigger.pga_m_s2 if ring.pga_m_s2 is None else ring.pga_m_s2
        intensity = ring.jma_intensity
        return Alarm(
            network=trigger.network,
            station=trigger.station,
            location=trigger.location,
            ringing=True,
            time=ring.time_ns,
            trigger=trigger.id,
            onset=trigger.onset,
            pga_m_s2=None if pga_m_s2 is None else float(f"{pga_m_s2:.4g}"),
            jma_intensity=None if intensity is None else round(intensity, 1),
            exercise=trigger.exercise,
        )
