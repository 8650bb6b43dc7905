"""How to ask: everything about a request but the words and the rack."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tinymorph.schema.events import ModelInfo
from tinymorph.schema.request import ProtectedKind, Sampling

FOUND_BY_THEMSELVES: tuple[ProtectedKind, ...] = ("name", "number", "quotation")
"""What is protected without being chosen, unless the writer switches it off."""


@dataclass(frozen=True, slots=True)
class AskingOptions:
    """What the writer chose for the next asking."""

    task: str = "paraphrase"
    """One of the loaded model's tasks."""
    instruction: str = ""
    """What else to do, in the writer's own words, where the model takes them."""
    like: tuple[str, ...] = ()
    """Styles in plain words, where the model knows them."""
    alternatives: int = 3
    with_twin: bool = False
    """Also write each alternative unsteered, with the same seed."""
    seed: int = 0
    """The first alternative's; the others count up from it."""
    protect: frozenset[ProtectedKind] = frozenset(FOUND_BY_THEMSELVES)
    """Which of `FOUND_BY_THEMSELVES` must stay as they are."""
    sampling: Sampling = field(default_factory=Sampling)

    def fit_for(self, model: ModelInfo) -> AskingOptions:
        """Return the options without what the model would refuse."""
        known = (
            self.like
            if model.takes_any_style
            else tuple(style for style in self.like if style in model.styles)
        )
        is_known = self.task in model.tasks or not model.tasks
        return replace(
            self,
            task=self.task if is_known else model.tasks[0],
            instruction=self.instruction if model.takes_instruction else "",
            like=known,
        )
