"""The ``hoop`` command: a file a group of commands."""
