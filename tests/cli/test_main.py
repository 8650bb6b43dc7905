from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tinymorph import __version__
from tinymorph.cli import main as command
from tinymorph.errors import BadInputError, BundleError


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Give a `fail` command that raises what it is told to."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def install(error: BaseException) -> None:
        def fail() -> int:
            raise error

        module = SimpleNamespace(register=lambda app: app.command("fail")(fail))
        monkeypatch.setattr(command, "_COMMANDS", (module,))

    return install


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from tinymorph.cli.main import main; main(['--help']); "
        "heavy = {'torch', 'PySide6', 'transformers', 'sae_lens'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {"edit", "doctor"} <= set(done.stdout.split())


def test_version_is_printed_alone(capsys):
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"tinymorph {__version__}\n"


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(BadInputError("No such paragraph.", hint="Try 1."), 2), (BundleError("No weights."), 1)],
)
def test_error_is_one_sentence_with_its_own_exit_code(failing, capsys, error, exit_code):
    failing(error)
    assert command.main(["fail"]) == exit_code
    said = capsys.readouterr()
    assert said.err == f"{error}\n"
    assert said.out == ""


def test_unforeseen_error_is_one_sentence_and_a_log_entry(failing, capsys, tmp_path):
    failing(ZeroDivisionError("by zero"))
    assert command.main(["fail"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert "Traceback" in (tmp_path / "tinymorph" / "tinymorph.log").read_text()


def test_interrupted_command_ends_with_130(failing):
    failing(KeyboardInterrupt())
    assert command.main(["fail"]) == 130


@pytest.mark.parametrize("arguments", [["doctor", "--no-such-option"], ["no-such-command"]])
def test_wrong_usage_is_one_sentence_and_exit_code_2(capsys, arguments):
    assert command.main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_closed_pipe_is_no_error():
    code = "from tinymorph.cli.main import main; import sys; sys.exit(main(['doctor', '--json']))"
    line = f'"{sys.executable}" -c "{code}" | head -c 1'
    done = subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "is_for_editor"),
    [
        ([], True),
        (["letter.md"], True),
        (["drafts/letter"], True),
        (["doctor"], False),
        (["--help"], False),
        (["doktor"], False),
    ],
)
def test_files_open_the_editor_and_misspelt_commands_do_not(arguments, is_for_editor):
    names = frozenset({"doctor", "edit"})
    assert command.is_for_editor(arguments, names) is is_for_editor


def test_file_without_suffix_opens_the_editor_if_it_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter").write_text("Dear Anna,")
    assert command.is_for_editor(["letter"], frozenset({"doctor"}))


def test_no_display_names_the_command_line_job(monkeypatch, capsys):
    monkeypatch.setattr(command, "has_display", lambda: False)
    assert command.main([]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "tinymorph suggest FILE" in said
