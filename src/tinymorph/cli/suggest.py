"""`tinymorph suggest`: rewrites of one paragraph, steered by features, as diffs."""

from __future__ import annotations

import math
from collections.abc import Sized
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from tinymorph.cli.model import (
    ModelOption,
    answer_to,
    label_of,
    model_folder,
    open_catalogue,
    open_engine,
    parse_feature,
)
from tinymorph.cli.output import print_json
from tinymorph.cli.passage import (
    FileArgument,
    ParagraphOption,
    TextOption,
    read_passage,
    whole,
)
from tinymorph.errors import BadInputError, TinymorphError
from tinymorph.features.catalogue import FeatureCatalogue
from tinymorph.schema.events import Finished
from tinymorph.schema.request import LONGEST_INSTRUCTION, MOST_STYLES, SuggestionRequest
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.schema.suggestion import Flaw, Suggestion
from tinymorph.text.diff import diff_words

_FLAWS = {
    Flaw.EMPTY: "no words came",
    Flaw.ECHO: "the paragraph came back unchanged",
    Flaw.LOOP: "it repeats itself",
    Flaw.CUT: "it was cut off at the limit",
    Flaw.LOST: "it lost protected words",
}
_MOVED = 0.005
"""A change of mean activation below this is not worth a line."""

InstructionOption = Annotated[
    str,
    typer.Option(
        help="What to do in your own words, beside the task; for models with a chat template."
    ),
]
LikeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--like", metavar="STYLE", help="A style in plain words, such as archaic; up to three."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("suggest")(suggest)


def suggest(
    file: FileArgument = None,
    paragraph: ParagraphOption = None,
    text: TextOption = None,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            "--feature",
            metavar="ID=COEF",
            help="Steer by a feature, in units of its max activation; may be given several times.",
        ),
    ] = None,
    task: Annotated[str, typer.Option(help="What to do with the paragraph.")] = "paraphrase",
    instruction: InstructionOption = "",
    like: LikeOption = None,
    n: Annotated[int, typer.Option("--n", min=1, max=16, help="How many alternatives.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="The first alternative's seed.")] = 0,
    *,
    twin: Annotated[
        bool, typer.Option("--twin", help="Also show the unsteered text of the same seed.")
    ] = False,
    model: ModelOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Rewrite a paragraph, steered by SAE features, and show what changed."""
    passage = read_passage(file, paragraph, text)
    terms = tuple(parse_term(item) for item in feature or ())
    _check_length("--instruction", instruction, LONGEST_INSTRUCTION)
    _check_length("--like", like or (), MOST_STYLES)
    folder = model_folder(model)
    catalogue = open_catalogue(folder)
    engine = open_engine(folder)
    snapshot, span = whole(passage)
    request = SuggestionRequest(
        request_id="suggest",
        paragraph=snapshot,
        span=span,
        task=task,
        instruction=instruction,
        like=tuple(like or ()),
        plan=SteeringPlan(terms=terms),
        alternatives=n,
        with_twin=twin,
        seed=seed,
    )
    finished = answer_to(request, engine, Finished)
    if json:
        print_json(as_json(engine.info.model_id, request, finished, catalogue))
    else:
        _print(request, finished, catalogue)
    _fail_if_nothing_came(finished)


def parse_term(text: str) -> SteeringTerm:
    """Read `layer:index=coefficient`."""
    name, equals, number = text.partition("=")
    try:
        coefficient = float(number)
    except ValueError:
        coefficient = math.nan
    if not equals or not math.isfinite(coefficient):
        raise BadInputError(
            f"{text!r} is not ID=COEF.", hint="Write for example --feature 2:1234=1.0"
        )
    return SteeringTerm(ref=parse_feature(name), coefficient=coefficient)


def _check_length(option: str, given: Sized, limit: int) -> None:
    if len(given) > limit:
        what = "characters" if isinstance(given, str) else "styles"
        raise BadInputError(f"{option} takes at most {limit} {what}, not {len(given)}.")


def as_json(
    model_id: str,
    request: SuggestionRequest,
    finished: Finished,
    catalogue: FeatureCatalogue | None,
) -> dict[str, Any]:
    """Return the answer in the shape that docs/cli.md promises."""
    return {
        "model": model_id,
        "task": request.task,
        "paragraph": request.paragraph.text,
        "alternatives": [_alternative(found, catalogue) for found in finished.suggestions],
    }


def _alternative(found: Suggestion, catalogue: FeatureCatalogue | None) -> dict[str, Any]:
    return {
        "text": found.text,
        "seed": found.seed,
        "plan": [
            {"id": str(term.ref), "mode": term.mode.value, "coefficient": term.coefficient}
            for term in found.plan.terms
        ],
        "flaw": found.flaw,
        "twin": found.twin,
        "twin_flaw": found.twin_flaw,
        "features": [
            {
                "id": str(change.ref),
                "label": label_of(catalogue, change.ref),
                "before": change.before,
                "after": change.after,
                "twin": change.twin,
            }
            for change in found.features
        ],
        "tokens_per_second": round(found.tokens_per_second, 1),
    }


def _print(
    request: SuggestionRequest, finished: Finished, catalogue: FeatureCatalogue | None
) -> None:
    console = Console(highlight=False)
    before = request.paragraph.text
    for found in finished.suggestions:
        speed = f"{found.tokens_per_second:.0f} tokens/s"
        console.print(f"\n[bold]{found.index + 1}[/bold]  seed {found.seed}, {speed}")
        if found.flaw is not None:
            console.print(f"   no usable suggestion: {_FLAWS[found.flaw]}", style="yellow")
        console.print(_diff(before, found.text, has_colour=console.color_system is not None))
        for change in found.features:
            if abs(change.after - change.before) < _MOVED:
                continue
            sign = "rose" if change.after > change.before else "fell"
            label = label_of(catalogue, change.ref)
            row = f"   {sign} {change.before:.2f} to {change.after:.2f}  {change.ref}  {label}"
            console.print(Text(row), style="dim", no_wrap=True, overflow="ellipsis")
        if found.twin is not None:
            console.print("   unsteered twin:", style="dim")
            console.print(Text(found.twin), style="dim")


def _diff(before: str, after: str, *, has_colour: bool) -> Text:
    """Return the rewrite with what went and what came marked, in colour or in signs (wdiff's)."""
    shown = Text()
    for hunk in diff_words(before, after).hunks:
        if hunk.kind == "equal":
            shown.append(hunk.after_text)
        elif has_colour:
            shown.append(hunk.before_text, style="red strike")
            shown.append(hunk.after_text, style="green underline")
        else:
            shown.append(f"[-{hunk.before_text}-]" if hunk.before_text else "")
            shown.append(f"{{+{hunk.after_text}+}}" if hunk.after_text else "")
    return shown


def _fail_if_nothing_came(finished: Finished) -> None:
    """Say so if not one alternative has any words that differ from the paragraph."""
    if all(found.flaw in {Flaw.EMPTY, Flaw.ECHO} for found in finished.suggestions):
        raise TinymorphError(
            "The model has no suggestion for this paragraph.",
            hint="Try another seed, task or feature.",
        )
