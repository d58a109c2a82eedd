"""The errors that people see: one line with what is wrong, the value, and how to fix it."""

from collections.abc import Iterator
from contextlib import contextmanager


class HoopError(Exception):
    """Anything a user can fix. The command line prints the message alone and exits with 1.

    Args:
        message: One line.
        about: The name of the parameter that it is about, where forms say it.
    """

    about = ""

    def __init__(self, message: str = "", about: str = "") -> None:
        super().__init__(message)
        self.about = about or self.about


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

    about = "device"


class OptionError(HoopError):
    """A setting that has a value of another kind, or out of its range."""


class ProfileError(HoopError):
    """A profile that is missing, cannot be parsed, or has unknown settings."""

    about = "profile"


class PluginError(HoopError):
    """A package that adds to hoop_plugins and does not keep to the plugin API."""


class OvertakenError(HoopError):
    """Another run over the clip has begun: this one may not store anything any more."""


class RestartedError(OvertakenError):
    """The database was started anew during a run: of what was stored last, some may be lost."""


@contextmanager
def concerning(name: str) -> Iterator[None]:
    """Says of an error in the block which parameter it is about, where it does not say so itself.

    Args:
        name: As of :class:`HoopError`.
    """
    try:
        yield
    except HoopError as error:
        error.about = error.about or name
        raise
