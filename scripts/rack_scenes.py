"""Scenes of the rack for the pictures in docs/images, each begun from one with two sliders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tinymorph.app import Workplace
from tinymorph.schema.steering import Condition, SteeringMode
from tinymorph.session.presets import rack_file
from tinymorph.session.rack import Rack

Scene = Callable[[], None]
TALL = 1100


def rack_scenes(place: Workplace, begin: Scene, settle: Scene) -> dict[str, Scene]:
    """Return the scenes by name; `begin` puts two sliders on the rack, `settle` lets words come."""

    def ways() -> None:
        """Show two ways of steering, one of them fading and bound to the other's feature."""
        begin()
        place.window.resize(place.window.width(), TALL)
        player, (first, second) = place.window.conductor.rack, place.session.rack.terms
        player.do(partial(Rack.set_mode, ref=first.ref, mode=SteeringMode.MIN_CLAMP))
        player.do(partial(Rack.set_decay, ref=first.ref, decay=0.5 ** (1 / 40)))
        condition = Condition(ref=first.ref, at_least=0.1)
        player.do(partial(Rack.set_condition, ref=second.ref, condition=condition))
        player.do(partial(Rack.set_bypassed, ref=second.ref, is_bypassed=True))
        settle()
        place.window.side.rack.focus_first()

    def before() -> None:
        """Hear the rack before its last change."""
        begin()
        place.window.conductor.rack.compare()
        settle()
        place.window.side.rack.focus_first()

    def menu() -> None:
        """Open the menu with saved racks in it."""
        begin()
        for name in ("Calmer", "Plainer, in the first person"):
            file = rack_file(name, place.session.rack.terms, place.session.model)
            place.shelf.presets.save(file)
        place.window.side.rack.open_menu()

    def condition() -> None:
        """Ask where a feature is to act."""
        begin()
        place.window.conductor.rack.ask_condition(place.session.rack.terms[-1].ref)

    return {
        "rack-ways": ways,
        "rack-before": before,
        "rack-menu": menu,
        "rack-condition": condition,
    }
