"""Which features a passage carries, where, and what is known of them."""
