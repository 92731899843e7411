"""The bell begins, holds and ends an alarm, and no action can hold up another."""

import threading

from structlog.testing import capture_logs

from tests.edge.alarm.alarms import BROKEN, EXERCISE, IDLE, OVER, RINGING, Recorder, bell_with


def test_an_alarm_begins_and_ends_by_itself() -> None:
    """The end comes without another word of the detectors."""
    action = Recorder()
    with bell_with(action, hold_s=0.05) as bell:
        bell.ring(RINGING)
        action.until(lambda: len(action.told) == 3)

    assert [IDLE, RINGING, OVER] == action.told
    assert action.closed


def test_it_rings_as_long_as_the_ground_shakes() -> None:
    """Each word of strong shaking puts the end off."""
    action = Recorder()
    with bell_with(action, hold_s=3600.0) as bell:
        bell.ring(RINGING)
        action.until(lambda: len(action.told) == 2)
        before_s = bell._quiet_at_s
        bell.shaking()

        assert bell._quiet_at_s > before_s
        assert bell.standing.alarm.ringing


def test_two_alarms_at_once_are_one() -> None:
    """Nobody starts two sirens for P and S."""
    action = Recorder()
    with bell_with(action) as bell:
        bell.ring(RINGING)
        bell.ring(RINGING.model_copy(update={"trigger": "another"}))
        action.until(lambda: len(action.told) == 2)
        standing = bell.standing

    assert 1 == standing.count
    assert RINGING == standing.alarm


def test_an_exercise_gives_way_to_an_alarm_and_not_the_other_way() -> None:
    """And is not counted."""
    action = Recorder()
    with bell_with(action) as bell:
        bell.ring(EXERCISE)
        bell.ring(RINGING)
        bell.ring(EXERCISE)
        action.until(lambda: len(action.told) == 3)
        standing = bell.standing

    assert [IDLE, EXERCISE, RINGING, OVER] == action.told
    assert 1 == standing.count


def test_an_action_that_fails_silences_no_other() -> None:
    """It is told in health and in the log, once."""
    broken, action = Recorder("siren"), Recorder()
    broken.fails = BROKEN
    with capture_logs() as logs, bell_with(broken, action) as bell:
        bell.ring(RINGING)
        action.until(lambda: len(action.told) == 2)

        assert ("alarm.siren: no power",) == bell.standing.problems
    assert 1 == sum(entry["event"] == "alarm_action_failed" for entry in logs)


def test_an_error_of_ours_silences_no_other() -> None:
    """Nor does it end the thread."""
    broken, action = Recorder("siren"), Recorder()
    broken.fails = ZeroDivisionError("oops")
    with capture_logs(), bell_with(broken, action, hold_s=0.05) as bell:
        bell.ring(RINGING)
        action.until(lambda: len(action.told) == 3)

        assert ("ZeroDivisionError: oops",) == bell.standing.problems


def test_an_action_that_works_again_is_no_problem() -> None:
    """A line that was taken and is free now."""
    action = Recorder()
    action.fails = BROKEN
    with bell_with(action) as bell:
        action.until(lambda: len(action.told) == 1)
        action.fails = None
        bell.ring(RINGING)
        action.until(lambda: len(action.told) == 2)
        bell.close()

        assert () == bell.standing.problems


def test_ringing_waits_for_no_action() -> None:
    """Detection goes on while a siren hangs."""
    hanging = threading.Event()

    class Hung(Recorder):
        def tell(self, alarm: object) -> None:
            super().tell(alarm)  # type: ignore[arg-type]
            hanging.wait(60)

    action = Hung()
    with bell_with(action) as bell:
        bell.ring(RINGING)
        bell.shaking()
        ringing = bell.standing.alarm.ringing
        hanging.set()

    assert ringing


def test_the_end_of_the_agent_ends_the_alarm() -> None:
    """No siren howls on because somebody restarted the station."""
    action = Recorder()
    with bell_with(action) as bell:
        bell.ring(RINGING)

    assert [IDLE, RINGING, OVER] == action.told
    assert action.closed


def test_who_comes_later_is_told_how_it_stands() -> None:
    """A broker's connection is made after the bell."""
    first, second = Recorder(), Recorder()
    with bell_with(first) as bell:
        bell.ring(RINGING)
        bell.add(second)
        second.until(lambda: len(second.told) == 1)

    assert RINGING == second.told[0]
    assert 3 == len(first.told)
