"""The four networks, one file each. They know tensors and ``sv.Detections``, never label fields."""
