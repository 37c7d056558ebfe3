"""What serves notebook 09 alone."""
