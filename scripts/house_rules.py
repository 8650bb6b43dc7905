"""The rules of the house that no tool knows: sizes, and who may reach the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
NETWORK_MODULES = frozenset(
    {
        "aiohttp",
        "ftplib",
        "http.client",
        "httpx",
        "huggingface_hub",
        "PySide6.QtNetwork",
        "requests",
        "smtplib",
        "socket",
        "urllib.request",
        "urllib3",
    }
)
"""Nothing in tinymorph reaches the network; fetching models, one day, gets a package of its own."""


def find_breaches(root: Path) -> list[str]:
    """Return one line for each breach in the package's sources."""
    breaches: list[str] = []
    for path in sorted((root / "src").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        tree = ast.parse(source, filename=name)
        breaches += breaches_of_size(name, source, tree)
        breaches += (
            f"{name}:{line}: imports {module}, but tinymorph does not use the network"
            for module, line in imported_modules(tree)
            if module in NETWORK_MODULES
        )
    return breaches


def breaches_of_size(name: str, source: str, tree: ast.Module) -> Iterator[str]:
    """Find a file, and functions, that are too long."""
    count = len(source.splitlines())
    if count > MAX_FILE_LINES:
        yield f"{name}: {count} lines, but a file has at most {MAX_FILE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            count = node.end_lineno - node.lineno + 1
            if count > MAX_FUNCTION_LINES:
                limit = f"a function has at most {MAX_FUNCTION_LINES}"
                yield f"{name}:{node.lineno}: {node.name} has {count} lines, but {limit}"


def imported_modules(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Find every module that is imported, at the top or inside a function, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        else:
            continue
        for name in sorted(names | {name.split(".")[0] for name in names}):
            yield name, node.lineno
