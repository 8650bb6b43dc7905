"""How long a key takes while the model writes: a report, not a limit."""

import json

import pytest

from bench.typing_latency import INTERVAL_MS, KEYS, BusyEngine, KeyStroker, summary
from tinymorph.app import Workplace, loader_of
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore


@pytest.mark.timeout(600)
def test_keys_typed_while_the_model_writes_all_arrive_and_their_times_are_reported(qtbot, tmp_path):
    bundle = resource("assets/bundle")
    place = Workplace(Settings(), SettingsStore(tmp_path / "s.toml"), bundle, loader_of(bundle))
    empty = tmp_path / "empty.md"
    empty.write_text("", encoding="utf-8")
    try:
        place.show([empty])
        qtbot.waitUntil(lambda: place.session.model is not None, timeout=300_000)
        engine = BusyEngine(place)
        engine.start()
        latencies = KeyStroker(place.window.editor, KEYS, INTERVAL_MS).run()
        engine.stop()
        typed = place.window.editor.document_value().blocks[0].text
    finally:
        place.window.editor.document().setModified(False)
        place.close()
        place.window.deleteLater()
    found = summary(latencies)
    (tmp_path / "typing.json").write_text(json.dumps(latencies), encoding="utf-8")
    print(f"\nkey to painted while the model writes: {found}; {tmp_path / 'typing.json'}")
    assert len(latencies) == KEYS
    assert len(typed) == KEYS
