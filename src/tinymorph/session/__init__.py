"""The app's mind: when to ask, what is stale, what was accepted."""
