"""Small C libraries that stand between a real process and the world: compiled for the test run, loaded with LD_PRELOAD."""

import subprocess
from pathlib import Path

_HERE = Path(__file__).parent


def build_library(name: str, folder: Path) -> Path:
    """Compile tests/fakes/NAME.c into *folder* and return the library."""
    library = folder / f"{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, _HERE / f"{name}.c", "-ldl"], check=True)
    return library


class ClockShift:
    """Sets the wall clock of another process; clock_shift.c is its other half."""

    def __init__(self, library: Path, place: Path) -> None:
        self._library = library
        self._place = place
        self.jump_to(0)

    @property
    def environment(self) -> dict[str, str]:
        """What the process needs in its environment."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_SHIFT": str(self._place)}

    def jump_to(self, seconds: int) -> None:
        """Let the process see a wall clock that is *seconds* off the real one."""
        # In place: the process has the file mapped.
        with self._place.open("r+b" if self._place.exists() else "w+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))
