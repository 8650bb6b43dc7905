"""Text in, steered text out: the only home of torch at run time."""
