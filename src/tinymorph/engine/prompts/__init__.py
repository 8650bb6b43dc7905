"""What is sent to a model, by kind of model, and what is kept of its reply."""
