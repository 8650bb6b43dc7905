"""How the bundled model, its SAEs and its catalogue are made."""
