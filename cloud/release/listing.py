"""What may run, and what is to run where."""

from datetime import datetime
from typing import Any

from cloud.errors import ReleaseError
from cloud.release.repository import Repository
from cloud.release.roles import MODELS, ROLLOUT, now_utc
from edge.update.targets import Assignment


def listing(repository: Repository) -> dict[str, dict[str, Any]]:
    """Return `files` by name and `rings` by name, for people and programs."""
    models = repository.published(MODELS)
    files = {
        path: {
            "sha256": target.hashes["sha256"],
            "length": target.length,
            **(target.custom or {}),
        }
        for path, target in sorted(models.signed.targets.items() if models is not None else ())
    }
    rings = {
        ring: assignment.model_dump(mode="json")
        for ring, assignment in assignments(repository).items()
    }
    return {"files": files, "rings": rings}


def assignments(repository: Repository) -> dict[str, Assignment]:
    """Return what is to run, by ring."""
    found = {}
    for path, target in sorted(repository.rollout().targets.items()):
        ring = path.removeprefix(f"{ROLLOUT}/").removesuffix(".json")
        content = repository.target_file(target).read_bytes()
        found[ring] = Assignment.model_validate_json(content)
    return found


def assignment_of(
    repository: Repository,
    ring: str,
    model: str,
    rollout_id: str | None = None,
    *,
    returning: bool = False,
    now: datetime | None = None,
) -> Assignment:
    """Return what assigns a published model to a ring.

    Args:
        repository: The repository.
        ring: The ring.
        model: The model's name in it.
        rollout_id: The rollout's; made of ring, model and time where None.
        returning: Back to the network that stations had before.
        now: The time.

    Raises:
        ReleaseError: The model is not published.
    """
    published = repository.published(MODELS)
    targets = published.signed.targets if published is not None else {}
    if model not in targets:
        known = ", ".join(sorted(targets)) or "none"
        raise ReleaseError(model, f"is not published; published: {known}")
    at = now or now_utc()
    name = model.rpartition("/")[2].removesuffix(".tremor")
    return Assignment(
        rollout_id=(rollout_id or f"{ring}-{name}-{at:%Y%m%dT%H%M%S}")[:64],
        model=model,
        sha256=targets[model].hashes["sha256"],
        returning=returning,
    )
