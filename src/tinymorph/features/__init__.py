"""What SAE features mean: the catalogue, its search, and steering plans."""
