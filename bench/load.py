"""Clients that take bags in and give them back, several at once, each request timed."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.station import Client, StationUnderTest


@dataclass
class Load:
    """What the clients saw. *posts* are milliseconds of POST /api/v1/bags."""

    posts: list[float] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_in(self, client: Client) -> None:
        """One timed POST."""
        began = time.perf_counter()
        deposit = client.take_in()
        took = (time.perf_counter() - began) * 1000
        with self.lock:
            self.posts.append(took)
            self.codes.append(deposit["code"])


@contextlib.contextmanager
def writers(station: StationUnderTest, count: int, *, pause_s: float = 0.0, each: int | None = None) -> Iterator[Load]:
    """Run *count* clients, each with a pause between posts, until *each* has posted so often, or the block ends."""
    load = Load()

    def work() -> None:
        client = station.client()
        try:
            done = 0
            while not load.stop.is_set() and (each is None or done < each):
                load.take_in(client)
                done += 1
                if pause_s:
                    load.stop.wait(pause_s)
        except (OSError, RuntimeError) as error:
            load.errors.append(str(error))
        finally:
            client.close()

    threads = [threading.Thread(target=work, name=f"writer-{number}") for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield load
        if each is not None:
            for thread in threads:
                thread.join()
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()
    if load.errors:
        raise RuntimeError(load.errors[0])
