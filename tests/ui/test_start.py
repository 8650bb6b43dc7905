"""The start of the program, in a process of its own."""

import subprocess
import sys

PROGRAM = """
import sys, time
begin = time.perf_counter()
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import tinymorph.app as app

seen = {}

def painted():
    if "ms" not in seen:
        seen["ms"] = round((time.perf_counter() - begin) * 1000)
        seen["torch"] = "torch" in sys.modules
        QTimer.singleShot(0, QApplication.instance().quit)

original = app.Workplace.show

def show(place, files):
    place.window.editor.painted.connect(painted)
    original(place, files)

app.Workplace.show = show
code = app.run_editor([])
print(code, seen["torch"], seen["ms"], flush=True)
"""


def test_the_letter_is_on_the_page_before_torch_is_imported():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    code, has_torch, milliseconds = done.stdout.split()
    print(f"\nstart of Python to first painted page: {milliseconds} ms")
    assert (code, has_torch) == ("0", "False")
