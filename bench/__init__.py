"""Measures the product against floors in the same run; README.md explains. Not part of the wheel."""
