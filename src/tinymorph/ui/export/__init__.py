"""What leaves the window for other programs, and comes in from them."""
