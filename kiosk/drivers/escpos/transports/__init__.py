"""The three ways to a printer. Each module imports python-escpos: import it only after `library.load_library`."""
