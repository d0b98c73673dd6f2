"""A supermarket's customer-service desk: its hardware, its records and its screens."""

__version__ = "0.1.0"
