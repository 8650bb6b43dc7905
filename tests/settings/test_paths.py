from __future__ import annotations

import pytest

from tinymorph.errors import TinymorphError
from tinymorph.settings import paths


def test_checkout_resources_are_found_beside_src():
    assert (paths.resource("assets") / "themes").is_dir()
    assert paths.resource("configs/bundle").is_dir()


def test_wheel_resources_are_found_inside_the_package(tmp_path, monkeypatch):
    package = tmp_path / "tinymorph"
    (package / "_assets" / "bundle").mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.resource("assets/bundle") == package / "_assets" / "bundle"


def test_missing_resource_is_named_and_says_what_to_do():
    with pytest.raises(TinymorphError, match=r"assets/no-such-thing .*doctor"):
        paths.resource("assets/no-such-thing")


def test_resource_outside_assets_and_configs_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="assets/ or configs/"):
        paths.resource("src/tinymorph")
