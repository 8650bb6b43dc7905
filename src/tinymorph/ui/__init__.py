"""Everything with a Q in it."""
