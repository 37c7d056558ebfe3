"""What serves notebook 07 alone."""
