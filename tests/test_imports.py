from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("tinymorph.session.session", ("PySide6", "torch")),
        ("tinymorph.text.markdown", ("PySide6", "torch")),
        ("tinymorph.cli.main", ("PySide6", "torch", "transformers", "sae_lens")),
        ("tinymorph.app", ("torch", "transformers", "sae_lens")),
    ],
)
def test_module_is_imported_without_the_heavy_ones(module, absent):
    code = (
        f"import sys, {module}; found = set({absent!r}) & set(sys.modules); "
        "sys.exit(f'imported {found}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
