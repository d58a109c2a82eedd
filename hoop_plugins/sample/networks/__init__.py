"""The shapes of the small networks of the sample game."""
