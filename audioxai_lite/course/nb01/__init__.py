"""What serves notebook 01 alone."""
