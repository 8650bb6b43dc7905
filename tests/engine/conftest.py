"""One tiny engine for all tests of its algebra."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.tiny_bundle import make_tiny_bundle
from tinymorph.engine.loader import load_engine
from tinymorph.engine.rewriter import Rewriter


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bundle(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_engine(tiny_folder: Path) -> Rewriter:
    return load_engine(tiny_folder)
