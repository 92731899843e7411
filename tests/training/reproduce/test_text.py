"""The table says what is published, what was found, and what is no figure at all."""

from training.reproduce.result import Figure, Measure, Reproduction, Run
from training.reproduce.text import to_markdown


def result(**changes: object) -> Reproduction:
    """Return a small result."""
    known: dict[str, object] = {
        "network": "made",
        "citation": "Somebody 2020",
        "protocol": "One window, tested once.",
        "data": "12 recordings of made",
        "sample": False,
        "quick": False,
        "labels": ("noise", "earthquake"),
        "figures": (
            Figure(key="accuracy", title="accuracy", published=99.8, source="paper", honest=False),
            Figure(key="mae", title="error", unit="s"),
        ),
        "runs": (
            Run(
                key="sound",
                title="sound form",
                tested=1200,
                measures={
                    "accuracy": Measure(value=91.234, low=80.0, high=97.0, of=12),
                    "mae": Measure(value=None, of=0),
                },
                confusion=((3, 1), (0, 8)),
                about={"epochs": "5"},
            ),
        ),
        "differs": ("Nobody knows the rest.",),
    }
    return Reproduction.model_validate(known | changes)


def test_published_and_found_stand_side_by_side() -> None:
    """Each with its unit; the interval in brackets; the authors' own way of counting is named."""
    page = to_markdown(result())

    row = "| accuracy (as published) | 99.80 % | 91.23 % (80.00 to 97.00) |"
    assert row in page.splitlines()
    assert "- accuracy: paper" in page
    assert "- Nobody knows the rest." in page


def test_what_cannot_be_computed_is_none() -> None:
    """Not zero, and nothing published is an empty cell."""
    assert "| error |  | none |" in to_markdown(result()).splitlines()


def test_a_measure_that_a_run_lacks_is_empty() -> None:
    """A column without a figure leaves its cell free."""
    (run,) = result().runs
    bare = run.model_copy(update={"measures": {}})

    assert "| error |  |  |" in to_markdown(result(runs=(bare,))).splitlines()


def test_samples_and_quick_runs_say_so() -> None:
    """In bold; a full run says neither."""
    plain = to_markdown(result())
    marked = to_markdown(result(sample=True, quick=True))

    assert "**" not in plain
    assert "**A sample, not the published data**" in marked
    assert "**Quick run**" in marked


def test_confusions_have_their_labels() -> None:
    """Rows are the truth."""
    lines = to_markdown(result()).splitlines()

    assert "| noise | 3 | 1 |" in lines
    assert "| earthquake | 0 | 8 |" in lines


def test_json_is_read_again() -> None:
    """What is written for programs holds everything."""
    before = result()

    assert before == Reproduction.model_validate_json(before.model_dump_json())
