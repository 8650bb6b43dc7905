"""The `tinymorph` command: the editor, or one of its jobs without a window."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tinymorph import __version__
from tinymorph.cli import convert, doctor, features, inspect, models, replay, suggest
from tinymorph.cli.display import has_display, no_display_sentence
from tinymorph.errors import TinymorphError

PROGRAM = "tinymorph"
_COMMANDS = (suggest, inspect, features, models, convert, replay, doctor)
"""Modules of this package, each with `register(app)` for its own command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code; errors become one sentence."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    app = build_app()
    names = command_names(app)
    if is_for_editor(arguments, names):
        arguments = ["edit", *arguments]
    try:
        return app(args=arguments, prog_name=PROGRAM, standalone_mode=False) or 0
    except TinymorphError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        more = " ".join([PROGRAM, *arguments[: arguments[0] in names], "--help"])
        return _fail(f"{error.format_message()} See: {more}", error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough of it; say nothing at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last door; it is logged, whole
        log = _log_whole(error)
        return _fail(f"Something went wrong ({type(error).__name__}: {error}); see {log}.", 1)


def build_app() -> typer.Typer:
    """Compose the commands; nothing heavy is imported before one of them runs."""
    app = typer.Typer(
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Write, and steer what a language model on this machine offers instead.",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_common)
    app.command("edit")(edit)
    for command in _COMMANDS:
        command.register(app)
    return app


def command_names(app: typer.Typer) -> frozenset[str]:
    """Return the names of all commands."""
    known = [*app.registered_commands, *app.registered_groups]
    return frozenset(command.name for command in known if command.name)


def is_for_editor(arguments: Sequence[str], commands: frozenset[str]) -> bool:
    """Say whether the arguments are files to open rather than a command (or a misspelt one)."""
    if not arguments:
        return True
    first = arguments[0]
    if first in commands or first.startswith("-"):
        return False
    return Path(first).exists() or bool(Path(first).suffix) or len(Path(first).parts) > 1


def edit(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...")] = None,
) -> int:
    """Open the editor; `tinymorph` alone and `tinymorph FILE` do the same."""
    if not has_display():
        raise TinymorphError(no_display_sentence(PROGRAM))
    from tinymorph.app import run_editor  # noqa: PLC0415 - Qt, which no other command needs

    return run_editor(files or [])


def _print_version(*, is_asked: bool) -> None:
    """Answer `--version` before a command is looked for."""
    if is_asked:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _common(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            is_eager=True,
            callback=lambda value: _print_version(is_asked=value),
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _fail(sentence: str, exit_code: int) -> int:
    typer.echo(sentence, err=True)
    return exit_code


def _log_whole(error: Exception) -> Path:
    """Append the exception with its traceback to the log, and return where that is."""
    from tinymorph.settings.paths import state_folder  # noqa: PLC0415 - not needed otherwise

    path = state_folder() / "tinymorph.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger(PROGRAM)
    logger.addHandler(handler)
    logger.error("The command %s failed", sys.argv, exc_info=error)
    logger.removeHandler(handler)
    handler.close()
    return path
