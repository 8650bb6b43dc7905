"""The page: a rich-text editor over the Qt-free document."""
