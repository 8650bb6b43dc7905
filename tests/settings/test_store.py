from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymorph.errors import BadInputError, FileProblemError
from tinymorph.settings.model import EditorSettings, EngineSettings, Settings
from tinymorph.settings.store import SettingsStore, _toml_value


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("TINYMORPH_EDITOR__THEME", raising=False)
    return SettingsStore(tmp_path / "config" / "settings.toml")


def test_no_file_means_the_defaults(store):
    settings = store.load()
    assert settings.editor.theme == "system"
    assert settings.engine.model is None
    assert not settings.engine.suggest_after_pause


def test_what_is_saved_is_loaded_again(store):
    chosen = Settings(
        editor=EditorSettings(theme="dark", zoom_percent=150),
        engine=EngineSettings(model=Path('a "folder"\\with ü'), suggest_after_pause=True),
    )
    store.save(chosen)
    assert store.load() == chosen


def test_only_what_was_changed_is_written(store):
    store.save(Settings(editor=EditorSettings(theme="light")))
    assert tomllib.loads(store.path.read_text()) == {"editor": {"theme": "light"}}


def test_model_goes_back_to_the_bundled_one(store):
    store.save(Settings(engine=EngineSettings(model=Path("elsewhere"))))
    store.save(Settings())
    assert store.load().engine.model is None


def test_unknown_key_is_an_error_that_names_it(store):
    write(store, "[editor]\ncolour = 3\n")
    with pytest.raises(BadInputError, match=r"no setting editor\.colour .*settings\.toml"):
        store.load()


def test_unknown_section_is_an_error_that_names_it(store):
    write(store, "[garden]\nroses = 3\n")
    with pytest.raises(BadInputError, match="no setting garden"):
        store.load()


def test_value_out_of_range_is_an_error_that_names_key_and_value(store):
    write(store, "[editor]\nzoom_percent = 9000\n")
    with pytest.raises(BadInputError, match=r"editor\.zoom_percent cannot be 9000"):
        store.load()


def test_broken_file_is_an_error_and_is_left_as_it_was(store):
    write(store, "[editor\n")
    with pytest.raises(FileProblemError, match="cannot be read"):
        store.save(Settings())
    assert store.path.read_text() == "[editor\n"


def test_environment_overrules_the_file_and_is_not_saved(store, monkeypatch):
    write(store, '[editor]\ntheme = "light"\n')
    monkeypatch.setenv("TINYMORPH_EDITOR__THEME", "dark")
    settings = store.load()
    assert settings.editor.theme == "dark"
    zoomed = settings.editor.model_copy(update={"zoom_percent": 200})
    store.save(settings.model_copy(update={"editor": zoomed}))
    monkeypatch.delenv("TINYMORPH_EDITOR__THEME")
    assert store.load().editor == EditorSettings(theme="light", zoom_percent=200)


def test_bad_value_in_the_environment_is_blamed_on_the_environment(store, monkeypatch):
    monkeypatch.setenv("TINYMORPH_ENGINE__PAUSE_MS", "10")
    with pytest.raises(BadInputError, match="TINYMORPH_ENGINE__PAUSE_MS"):
        store.load()


def test_failed_save_keeps_the_old_file_and_leaves_nothing_behind(store, monkeypatch):
    store.save(Settings(editor=EditorSettings(theme="dark")))
    before = store.path.read_text()

    def fail(*_arguments):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(FileProblemError, match="could not be saved"):
        store.save(Settings(editor=EditorSettings(theme="light")))
    assert store.path.read_text() == before
    assert list(store.path.parent.iterdir()) == [store.path]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_toml(text):
    assert tomllib.loads(f"key = {_toml_value(text)}")["key"] == text


def write(store: SettingsStore, text: str) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_text(text)
