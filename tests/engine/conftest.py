"""One tiny engine for all tests of its algebra."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from helpers.tiny_bundle import make_tiny_bundle
from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_engine(tiny_folder: Path) -> Rewriter:
    return load_engine(tiny_folder, backend="transformers")


@pytest.fixture(scope="session")
def lean_engine(tiny_folder: Path) -> Rewriter:
    return load_engine(tiny_folder, backend="lean")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread: for matrices so small more of them only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
