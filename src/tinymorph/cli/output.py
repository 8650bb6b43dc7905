"""How commands print what a program reads."""

from __future__ import annotations

import json
from typing import Any

import typer


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object, with every letter as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
