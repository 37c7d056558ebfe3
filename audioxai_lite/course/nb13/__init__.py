"""What serves notebook 13 alone."""
