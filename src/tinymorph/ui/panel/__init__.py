"""Suggestions: alternatives as cards, each a word diff with its reasons."""
