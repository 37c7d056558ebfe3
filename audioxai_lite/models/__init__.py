"""The models of the course."""
