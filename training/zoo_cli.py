"""`model-trainer zoo`: the networks that the trainer knows."""

from typing import Annotated

import typer

from training.extra import training_extra


def zoo(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs")] = False,
) -> None:
    """List the networks: parameters, multiply-accumulates, sizes when converted, sources."""
    with training_extra():
        # TensorFlow's import takes seconds that `--help` does not wait for.
        from training.zoo_table import table_to_json, table_to_text, zoo_table

        rows = zoo_table()
    typer.echo(table_to_json(rows) if as_json else table_to_text(rows))
