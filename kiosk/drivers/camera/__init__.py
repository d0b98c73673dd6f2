"""Codes in camera pictures: capture, decoding, acceptance."""
