"""Moments as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QLocale


def moment_in_words(moment: datetime, now: datetime | None = None) -> str:
    """Return a moment in local time: today, yesterday, or its date."""
    local = moment.astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return f"today {clock}"
    if local.date() == today - timedelta(days=1):
        return f"yesterday {clock}"
    month = QLocale.c().monthName(local.month, QLocale.FormatType.ShortFormat)
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {month}{year} {clock}"
