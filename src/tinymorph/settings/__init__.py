"""What the writer chose, and where things lie."""
