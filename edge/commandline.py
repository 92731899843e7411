"""What the kit's three commands share: `--version`, `--json`, exit codes, errors in a sentence."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from edge import __version__
from edge.errors import ConfigError, TremorError

EXIT_FAILED = 1
_EXIT_USAGE = 2

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]


def kit_app(name: str, summary: str) -> typer.Typer:
    """Return an application with the options and the manners of the kit."""
    app = typer.Typer(
        name=name,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        help=summary,
        epilog="Exit codes: 0 well, 1 it could not be done, 2 wrong usage or configuration.",
    )

    def show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
        if wanted:
            typer.echo(f"{name} {__version__}")
            raise typer.Exit

    @app.callback()
    def _common(
        *,
        version: Annotated[
            bool,
            typer.Option(
                "--version", callback=show_version, is_eager=True, help="Print the version"
            ),
        ] = False,
    ) -> None:
        pass

    return app


def run_app(app: typer.Typer, extra: str) -> None:
    """Run an application; errors of the kit are told in a sentence, not a traceback.

    So is a file or folder that is missing, full or not allowed: an `OSError` that names one. Any
    other is a fault of the kit's, and keeps its traceback.

    Args:
        app: Made by `kit_app`.
        extra: The extra of the package that holds what the application needs.
    """
    try:
        app()
    except TremorError as error:
        _tell(str(error))
        sys.exit(_EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED)
    except OSError as error:
        if error.filename is None:
            raise
        _tell(f"{os.fsdecode(error.filename)}: {error.strerror}")
        sys.exit(EXIT_FAILED)
    except ModuleNotFoundError as error:
        if _is_ours(error.name):
            raise
        _tell(f"{error.name!r} is not installed; pip install 'tremorkit[{extra}]' mends it")
        sys.exit(EXIT_FAILED)


def _tell(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - a running station has no use for it

    console = Console(stderr=True)
    console.print("[red]error:[/]", end=" ")
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _is_ours(module: str | None) -> bool:
    """Tell whether a missing module is part of the kit: that is a fault, not a missing extra."""
    root = Path(__file__).resolve().parents[1]
    return module is None or (root / module.split(".")[0]).is_dir()
