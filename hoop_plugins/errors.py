"""The errors that people see: one line with what is wrong, the value, and how to mend it."""


class HoopError(Exception):
    """Anything a user can mend. The command line prints the message alone and exits with 1."""


class VideoError(HoopError):
    """A video that is missing, cannot be opened, or has no frames."""


class MissingFieldError(HoopError):
    """A stage needs a label field that is not on the dataset."""


class UnknownModelError(HoopError):
    """A model name that nobody registered."""


class CheckpointError(HoopError):
    """Weights of the wrong kind, or that cannot be read."""


class DeviceError(HoopError):
    """A device that this machine does not have."""


class ProfileError(HoopError):
    """A profile that is missing, cannot be parsed, or has unknown settings."""
