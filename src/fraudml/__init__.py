"""Finds, explains and fairly draws what a public medical-insurance fund should inspect."""

__version__ = "0.1.0"
