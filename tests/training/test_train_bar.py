"""The bar of a training shows where it is, also when it goes on."""

import io

from rich.console import Console

from training.train_bar import Bar, steps_bar


def test_a_training_that_goes_on_begins_where_it_stopped() -> None:
    """Steps of the epochs before count as done; each epoch has its line, whatever its length."""
    bar = steps_bar()
    text = io.StringIO()
    bar.live.console = Console(file=text, width=40)
    shown = Bar(bar)

    shown.begin(2, 5, 10)
    for _ in range(10):
        shown.batch({"loss": 0.5})
    shown.epoch(2, {"loss": 0.5, "val_categorical_accuracy": 0.875, "learning_rate": 1e-3})

    (task,) = bar.tasks
    assert (30, 50) == (task.completed, task.total)
    assert "epoch 4/5" == task.description
    expected = "epoch   3  loss 0.5  val_categorical_accuracy 0.875  learning_rate 0.001"
    assert expected == text.getvalue().strip()


def test_the_last_epoch_is_not_followed_by_another() -> None:
    """Five of five, not six."""
    bar = steps_bar()
    bar.live.console = Console(file=io.StringIO())
    shown = Bar(bar)

    shown.begin(4, 5, 1)
    shown.epoch(4, {"loss": 0.5})

    assert "epoch 5/5" == bar.tasks[0].description
