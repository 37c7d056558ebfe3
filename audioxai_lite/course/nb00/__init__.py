"""What serves notebook 00 alone."""
