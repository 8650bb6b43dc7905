"""The vocabulary: frozen values with no behaviour beyond their own checks."""
