"""How the course looks and sounds: one style, real axes, the same colour for the same thing."""
