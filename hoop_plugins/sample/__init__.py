"""The sample game: a rendered world with an exact ground truth."""
