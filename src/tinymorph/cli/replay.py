"""`tinymorph replay`: a receipt's request once more, to see that the same words come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from tinymorph.cli.model import ModelOption, answer_to, model_folder, open_engine
from tinymorph.cli.output import print_json
from tinymorph.errors import BadInputError, UnableError
from tinymorph.schema.events import Finished
from tinymorph.session.journal import Decision, DecisionJournal
from tinymorph.settings.paths import data_folder

_SHOWN = 60
"""Characters of the accepted words in a list."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    receipt: Annotated[
        str, typer.Argument(help="The beginning of a receipt's name, or a file that holds one.")
    ] = "",
    *,
    listed: Annotated[bool, typer.Option("--list", help="Name all receipts.")] = False,
    model: ModelOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask again what a receipt says was asked, and compare the words with those accepted."""
    journal = DecisionJournal(data_folder())
    if listed:
        _list(journal.read(), json=json)
        return
    if not receipt:
        raise BadInputError(
            "Which receipt is missing.", hint="`tinymorph replay --list` names them all."
        )
    decision = _receipt(receipt, journal)
    words = written_again(decision, model)
    is_same = words == decision.suggestion.text
    if json:
        print_json(
            {
                "receipt": decision.edit.receipt,
                "accepted": decision.suggestion.text,
                "written": words,
                "is_same": is_same,
            }
        )
    else:
        _print(decision, words, is_same=is_same)
    if not is_same:
        raise typer.Exit(1)


def written_again(decision: Decision, model: Path | None) -> str:
    """Return the words that come now; UnableError if another model is loaded."""
    engine = open_engine(model_folder(model))
    if engine.info.sha256 != decision.model_sha256:
        raise UnableError(
            f"This receipt is of {decision.model_id or 'another model'}, "
            f"and {engine.info.model_id} is not the same.",
            hint="Give the folder of that model with --model.",
            detail=f"{decision.model_sha256} and {engine.info.sha256}",
        )
    finished = answer_to(decision.request, engine, Finished)
    return finished.suggestions[decision.suggestion.index].text


def _receipt(name: str, journal: DecisionJournal) -> Decision:
    path = Path(name)
    if not path.is_file():
        return journal.find(name)
    try:
        return Decision.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInputError(f"{path} holds no receipt.", detail=str(error)) from error


def _list(decisions: Sequence[Decision], *, json: bool) -> None:
    if json:
        print_json({"receipts": [_line(decision) for decision in decisions]})
        return
    console = Console(highlight=False)
    if not decisions:
        console.print("Nothing has been accepted yet.")
    for decision in decisions:
        line = _line(decision)
        words = line["text"].replace("\n", " ")
        shown = words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
        console.print(Text(f"{line['receipt'] or '(no name)'}  {line['decided_at']}  {shown}"))


def _line(decision: Decision) -> dict[str, Any]:
    return {
        "receipt": decision.edit.receipt,
        "decided_at": decision.decided_at,
        "model_id": decision.model_id,
        "task": decision.request.task,
        "seed": decision.suggestion.seed,
        "text": decision.suggestion.text,
    }


def _print(decision: Decision, words: str, *, is_same: bool) -> None:
    console = Console(highlight=False)
    if is_same:
        console.print(Text(words))
        console.print("These are the words that were accepted.")
        return
    console.print(Text(f"accepted: {decision.suggestion.text}"))
    console.print(Text(f"now:      {words}"))
    console.print("The words are not those that were accepted.")
