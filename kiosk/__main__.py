"""Lets ``python -m kiosk`` do what the ``kiosk`` command does."""

from kiosk.cli import main

if __name__ == "__main__":
    main()
