"""What serves notebook 08 alone."""
