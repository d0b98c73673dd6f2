"""Fakes at the wire and at the edges: clock, printers, scanners, USB."""
