"""The ways in which a volcano network is trained for the comparison."""

from dataclasses import dataclass

from training.models.recipe import Recipe, Schedule

LAST = "last"
"""Answers of the last epoch."""
BEST_ON_TEST = "best-on-test"
"""Answers of the epoch that answers the test sequences best: what the authors report."""
CHOSEN = "chosen"
"""Answers after as many epochs as an inner part of the training sequences asks for."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way."""

    name: str
    title: str
    recipe: Recipe
    choose_epochs: bool = False
    """As many epochs as are best for an inner part of the training sequences, instead of all."""
    accumulate: bool = False
    """Clear the gradients once an epoch instead of at every step."""
    share: float = 1.0
    """Of the training sequences that are used."""


def variants(published: Recipe, sound: Recipe, epochs: int | None = None) -> tuple[Variant, ...]:
    """Return the published way, the same with half of the sequences, and the sound way.

    Args:
        published: Recipe with the authors' mistakes.
        sound: Recipe without.
        epochs: At most, where less than the recipes' own.
    """
    accumulate = published.name == "volcano_lstm"
    if accumulate:
        sound = _cleared_gradients(sound)
    return tuple(
        Variant(name, title, _with_epochs(recipe, epochs), choose, given, share)
        for name, title, recipe, choose, given, share in (
            ("published", "published training", published, False, accumulate, 1.0),
            (
                "half",
                "published training, half of the sequences",
                published,
                False,
                accumulate,
                0.5,
            ),
            ("sound", "sound training", sound, True, False, 1.0),
        )
    )


def _cleared_gradients(recipe: Recipe) -> Recipe:
    """Return a recipe for the LSTM that clears its gradients.

    The published step of 0.004 owes its speed to gradients that add up over an epoch; alone it
    takes hundreds of epochs to where Adam is after ten.
    """
    training = recipe.training.model_copy(
        update={"optimiser": "adam", "schedule": Schedule(steps=((0, 1e-3),)), "epochs": 60}
    )
    return recipe.model_copy(update={"training": training})


def _with_epochs(recipe: Recipe, most: int | None) -> Recipe:
    epochs = recipe.training.epochs
    if most is None or epochs <= most:
        return recipe
    training = recipe.training.model_copy(update={"epochs": most})
    return recipe.model_copy(update={"training": training})
