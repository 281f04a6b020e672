class CannotStart(Exception):
    """One line for the person who starts Hotgate: what is in the way and what helps."""
