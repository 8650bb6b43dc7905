"""Who wrote a document: its words and characters by author, each accepted passage with its receipt.

Own and accepted words add up to all words of the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from tinymorph.session.journal import Decision
from tinymorph.text.authorship import Share, SignedText, shares_of


@dataclass(frozen=True, slots=True)
class AcceptedPart:
    """What of a document came with one receipt."""

    receipt: str
    share: Share
    passages: tuple[str, ...]
    """The words that stand in the document now, in their order."""
    decision: Decision | None
    """None where the journal does not know the receipt, as on another computer."""


@dataclass(frozen=True, slots=True)
class AuthorshipReport:
    """A document's authors."""

    name: str
    made_at: str
    """Local time with offset, ISO 8601."""
    own: Share
    accepted: tuple[AcceptedPart, ...]
    """The larger first."""

    @property
    def accepted_share(self) -> Share:
        """Return all that was accepted."""
        return sum((part.share for part in self.accepted), Share(0, 0))

    @property
    def total(self) -> Share:
        """Return the whole document."""
        return self.own + self.accepted_share


def make_report(
    name: str, made_at: str, blocks: Sequence[SignedText], decisions: Iterable[Decision]
) -> AuthorshipReport:
    """Count a document's words by author, and find the receipts."""
    known = {decision.edit.receipt: decision for decision in decisions if decision.edit.receipt}
    shares = shares_of(blocks)
    passages: dict[str, list[str]] = {receipt: [] for receipt in shares.accepted}
    for block in blocks:
        for run in block.runs:
            passages[run.receipt].append(run.span.of(block.text))
    parts = [
        AcceptedPart(receipt, share, tuple(passages[receipt]), known.get(receipt))
        for receipt, share in shares.accepted.items()
    ]
    parts.sort(key=lambda part: (-part.share.characters, part.receipt))
    return AuthorshipReport(name, made_at, shares.own, tuple(parts))


def as_markdown(report: AuthorshipReport) -> str:
    """Return the report as a document of its own."""
    lines = [
        f"# Who wrote {report.name}",
        "",
        f"Counted on {report.made_at} by tinymorph.",
        "",
        "| | words | characters |",
        "| --- | ---: | ---: |",
        _row("the writer", report.own),
        _row("accepted suggestions", report.accepted_share),
        _row("all", report.total),
        "",
        "A word counts for whoever most of its characters came from.",
    ]
    if report.accepted:
        lines += ["", "## Accepted suggestions"]
    for part in report.accepted:
        lines += ["", f"### Receipt {part.receipt}", "", *_details(part)]
    return "\n".join(lines) + "\n"


def as_json(report: AuthorshipReport) -> str:
    """Return the report as JSON, each receipt whole, so that it can be replayed elsewhere."""
    return json.dumps(
        {
            "document": report.name,
            "made_at": report.made_at,
            "total": asdict(report.total),
            "own": asdict(report.own),
            "accepted": [
                {
                    "receipt": part.receipt,
                    **asdict(part.share),
                    "passages": part.passages,
                    "decision": part.decision and part.decision.model_dump(mode="json"),
                }
                for part in report.accepted
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def _row(name: str, share: Share) -> str:
    return f"| {name} | {share.words:,} | {share.characters:,} |"


def _details(part: AcceptedPart) -> list[str]:
    words = "1 word" if part.share.words == 1 else f"{part.share.words:,} words"
    lines = [f"- {words}, {part.share.characters:,} characters"]
    decision = part.decision
    if decision is None:
        lines.append("- its receipt is not on this computer")
    else:
        lines += [
            f"- accepted on {decision.decided_at}",
            f"- model {decision.model_id or 'unknown'}",
            f"- task {decision.request.task}, seed {decision.suggestion.seed}",
            f"- steered by: {_steering(decision)}",
            f"- the same words again: `tinymorph replay {part.receipt}`",
        ]
    quoted = "; ".join(f"“{_one_line(words)}”" for words in part.passages)
    return [*lines, f"- stands in the document as: {quoted}"]


def _steering(decision: Decision) -> str:
    terms = decision.suggestion.plan.active_terms
    said = [f"{term.ref} {term.mode.value} {term.coefficient:g}" for term in terms]
    return ", ".join(said) or "nothing"


def _one_line(text: str) -> str:
    return " ".join(text.split()) or text.replace("\n", " ")
