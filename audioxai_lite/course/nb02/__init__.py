"""What serves notebook 02 alone."""
