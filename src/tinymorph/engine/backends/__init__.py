"""Ways of running a model whose residual stream can be read and changed, behind one interface."""
