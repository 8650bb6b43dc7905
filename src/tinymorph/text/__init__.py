"""Words as data: documents, Markdown, offsets, diffs, safe files."""
