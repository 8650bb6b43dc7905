"""The one tree of errors that tinymorph raises on purpose.

TinymorphError
├── BadInputError        what the writer gave cannot be used (exit code 2)
│   ├── FileProblemError     a file cannot be read or written
│   ├── FeatureError         no such feature, or one that cannot be steered
│   ├── HookPointError       no such hook point in the loaded model
│   └── PromptTooLongError   the passage does not fit the model's context
├── BundleError          a model folder is incomplete or of the wrong kind
├── UnableError          a backend cannot do exactly what was asked of it
├── MemoryShortError     there is less memory than the work needs
├── StaleEditError       the paragraph changed since the suggestion was made
└── NotReadyError        the engine is not loaded (yet, or any more)
"""

from __future__ import annotations


class TinymorphError(Exception):
    """Say what went wrong: `title` for the writer, `hint` what to do, `detail` for us."""

    exit_code = 1

    def __init__(self, title: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.title} {self.hint}".strip()


class BadInputError(TinymorphError):
    """What was given cannot be used; asking again unchanged will not help."""

    exit_code = 2


class FileProblemError(BadInputError):
    """A file cannot be read or written."""


class FeatureError(BadInputError):
    """No such feature, or it has no known max activation and cannot be steered."""


class HookPointError(BadInputError):
    """The loaded model has no such hook point."""


class PromptTooLongError(BadInputError):
    """The passage and its rewrite do not fit the model's context."""


class BundleError(TinymorphError):
    """A model folder is incomplete, damaged or of the wrong kind."""


class UnableError(TinymorphError):
    """The backend cannot do exactly what was asked; it does not do something else instead."""


class MemoryShortError(TinymorphError):
    """There is less memory than the work needs."""


class StaleEditError(TinymorphError):
    """The paragraph is no longer the one that the suggestion was made for."""


class NotReadyError(TinymorphError):
    """The engine is not loaded."""
