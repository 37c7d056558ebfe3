"""What serves notebook 14 alone."""
