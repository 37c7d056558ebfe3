"""What serves notebook 10 alone."""
