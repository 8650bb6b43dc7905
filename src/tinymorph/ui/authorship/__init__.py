"""Whose the words of the document are: remembered, shown and reported."""
