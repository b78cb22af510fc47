"""The formatter."""


def format_source(text: str) -> str:
    """The text."""
    return text
