"""What serves notebook 11 alone."""
