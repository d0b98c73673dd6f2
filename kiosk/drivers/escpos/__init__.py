"""What the ESC/POS printer drivers share: protocol, text, codes, raster, transports and the printer itself.

python-escpos opens the devices and names the commands; what it gets wrong for Chinese text and for knowing whether
something was printed is done here. Its import is heavy and has side effects: `library` is the only door to it.
"""
