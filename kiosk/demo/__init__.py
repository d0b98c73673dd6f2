"""Simulated hardware that speaks the real wire protocols, sample data, and the bench page to play with both."""

from kiosk.demo.build import Demo, build_demo

__all__ = ["Demo", "build_demo"]
