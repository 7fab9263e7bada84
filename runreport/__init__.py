"""Log runs into plain folders, and report them as a static site."""

__version__ = "0.1.0"
