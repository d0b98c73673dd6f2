"""Pictures for those who aim a camera: few viewers, nothing kept, nothing made for nobody."""

import threading

import pytest

from kiosk.devices.preview import MAX_VIEWERS, Picture, PreviewBoard, TooManyViewers


def test_a_picture_is_wanted_only_while_somebody_looks() -> None:
    board = PreviewBoard()
    assert not board.wanted
    board.enter()
    assert board.wanted
    board.leave()
    assert not board.wanted


def test_the_newest_picture_is_shown_once_to_each_viewer() -> None:
    board = PreviewBoard()
    board.enter()
    assert board.newer(0, 0) is None
    board.show(b"one")
    board.show(b"two")
    assert board.newer(0, 0) == Picture(2, b"two")
    assert board.newer(2, 0) is None


def test_nothing_is_kept_for_nobody() -> None:
    board = PreviewBoard()
    board.show(b"unseen")
    board.enter()
    assert board.newer(0, 0) is None
    board.show(b"seen")
    board.leave()
    board.enter()
    assert board.newer(0, 0) is None


def test_there_are_only_so_many_viewers() -> None:
    board = PreviewBoard()
    for _ in range(MAX_VIEWERS):
        board.enter()
    with pytest.raises(TooManyViewers):
        board.enter()
    board.leave()
    board.enter()


@pytest.mark.parametrize("end", ["show", "close"])
def test_whoever_waits_goes_on_with_a_picture_or_when_the_board_is_closed(end: str) -> None:
    board = PreviewBoard()
    board.enter()
    found: list[Picture | None] = []
    waiting = threading.Thread(target=lambda: found.append(board.newer(0, 10)))
    waiting.start()
    if end == "show":
        board.show(b"one")
    else:
        board.close()
    waiting.join(5)
    assert found == ([Picture(1, b"one")] if end == "show" else [None])
    assert board.closed is (end == "close")
