"""The document in the formats of other programs, out and in; nothing here needs a window."""
