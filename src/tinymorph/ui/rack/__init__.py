"""The sliders that steer."""
