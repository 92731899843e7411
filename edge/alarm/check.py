"""Whether the alarm could do what is asked of it; nothing rings."""

from functools import partial

from edge.alarm.command import examine_command
from edge.alarm.config import AlarmConfig
from edge.alarm.gpio import examine_gpio
from edge.errors import AlarmError
from edge.finding import WantingError


def examine_alarm(config: AlarmConfig | None) -> str:
    """Say what an alarm would do.

    Raises:
        WantingError: It could not do all of it; says what, and what to mend.
    """
    if config is None:
        return "none wanted"
    told, problems = ["published as `alarm`"], []
    looks: list[tuple[str, partial[str]]] = []
    if config.gpio is not None:
        looks.append(("sets", partial(examine_gpio, config.gpio)))
    if config.command is not None:
        looks.append(("starts", partial(examine_command, config.command)))
    for title, look in looks:
        try:
            told.append(f"{title} {look()}")
        except AlarmError as error:
            problems.append(str(error))
    if problems:
        raise WantingError("; ".join(problems))
    if config.broker is not None:
        told.append(f"tells {config.broker.host}:{config.broker.port}")
    return ", ".join(told)
