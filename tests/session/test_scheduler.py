"""Promises about unasked suggestions."""

from __future__ import annotations

from tinymorph.session.scheduler import SuggestionScheduler


def test_nothing_comes_unasked_by_default() -> None:
    scheduler = SuggestionScheduler()
    scheduler.typed(0)
    assert not scheduler.due(1e9)
    assert scheduler.due_at is None


def test_a_pause_after_typing_is_due_and_typing_on_delays_it() -> None:
    scheduler = SuggestionScheduler(2.0, is_on=True)
    assert not scheduler.due(100)
    scheduler.typed(100)
    scheduler.typed(101)
    assert scheduler.due_at == 103
    assert not scheduler.due(102.9)
    assert scheduler.due(103)
    scheduler.forget()
    assert not scheduler.due(200)


def test_switching_it_on_does_not_bring_up_old_typing() -> None:
    scheduler = SuggestionScheduler(2.0)
    scheduler.typed(0)
    scheduler.switch(on=True)
    assert not scheduler.due(100)
