"""The version of this package, which is that of Smalti."""

__version__ = "0.1.0"
