class CommandError(Exception):
    """One line on stderr, exit code 2."""
