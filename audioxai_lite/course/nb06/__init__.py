"""What serves notebook 06 alone."""
