"""What serves notebook 05 alone."""
