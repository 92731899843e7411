"""The steps as a process of their own: what they need in memory goes with them.

    python -m edge.enrol.child STATE_DIR NETWORK STATION SECTION

SECTION is `[enrolment]` as JSON. One JSON object comes back: `done`, or `failed` and `reason`.
"""

import json
import sys
from pathlib import Path
from typing import Final

from edge.enrol.config import GRACE_S, REFUSED, EnrolmentSection
from edge.enrol.enroller import Enroller
from edge.enrol.identity import IdentityStore
from edge.errors import EnrolError, EnrolRefusedError
from edge.update.child import bound_self

_MEMORY_MB: Final = 400


def main(words: list[str]) -> None:
    """Enrol or renew, and print what became of it."""
    state_dir, network, station, section_json = words
    section = EnrolmentSection.model_validate_json(section_json)
    bound_self(_MEMORY_MB, section.timeout_s + GRACE_S)
    enroller = Enroller(network, station, section, IdentityStore(Path(state_dir)))
    try:
        said = {"done": enroller.run().value}
    except EnrolError as error:
        said = {"failed": error.stage, "reason": str(error)}
    except EnrolRefusedError as error:
        said = {"failed": REFUSED, "reason": str(error)}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
