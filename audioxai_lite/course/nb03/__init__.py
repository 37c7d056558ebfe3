"""What serves notebook 03 alone."""
