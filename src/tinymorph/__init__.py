"""A local writing editor whose rewrites are steered by sparse-autoencoder features."""

__version__ = "0.1.0"
