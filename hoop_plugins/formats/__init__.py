"""Labels that people have already, brought into a dataset as ground truth."""
