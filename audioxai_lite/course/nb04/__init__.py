"""What serves notebook 04 alone."""
