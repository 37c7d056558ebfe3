"""What serves notebook 12 alone."""
