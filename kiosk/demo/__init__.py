"""Simulated hardware that speaks the real wire protocols, sample data, and the bench page to play with both."""
