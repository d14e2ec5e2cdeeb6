"""A whole city on one screen, every number traceable to its source and date."""

from cityboard.version import __version__

__all__ = ["__version__"]
