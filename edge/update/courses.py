"""Which kinds a station takes over the air, in the order in which they are looked after."""

from collections.abc import Callable

from edge.config import StationConfig
from edge.errors import UpdateError
from edge.reconfigure.ring import takes_settings
from edge.update.course import Course
from edge.update.disk import Disk
from edge.update.networks import NetworkCourse
from edge.update.settings_course import SettingsCourse


def courses_of(
    config: StationConfig, now_ns: Callable[[], int], disk: Disk | None = None
) -> tuple[Course, ...]:
    """Return the kinds that a station takes; the one that takes longest to fetch comes last.

    Args:
        config: The station's.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        disk: Writes.

    Raises:
        UpdateError: It takes none.
    """
    found: list[Course] = []
    if config.detection.model.enabled:
        found.append(NetworkCourse(config, now_ns, disk))
    if takes_settings(config):
        found.append(SettingsCourse(config, now_ns, disk))
    if config.update.software:
        from edge.software.course import SoftwareCourse  # noqa: PLC0415 - where it is wanted

        found.append(SoftwareCourse(config, now_ns, disk))
    if not found:
        reason = (
            "nothing is taken: detection.model.enabled, update.software and update.configuration "
            "(or configure.enabled) are false"
        )
        raise UpdateError("settings", reason)
    return tuple(found)
