"""``kiosk decode``: codes of picture files as lines of JSON."""

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.cli.conftest import Answer, Kiosk, assert_wrong_use
from tests.drivers.code_pictures import TEXTS, code, on_desk, page_of_text


def lines(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_a_picture_with_a_code_gives_a_line(typed: Kiosk, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"小票.{ending}"
    file.write_bytes(cv2.imencode(f".{ending}", on_desk(code("ean13")))[1].tobytes())
    answer = typed("decode", str(file))
    assert (answer.status, answer.err) == (0, "")
    [line] = lines(answer)
    assert list(line) == ["file", "symbology", "text", "box", "milliseconds"]
    assert (line["file"], line["symbology"], line["text"]) == (str(file), "ean13", TEXTS["ean13"])
    assert [len(corner) for corner in line["box"]] == [2, 2, 2, 2]
    assert line["milliseconds"] > 0


def test_a_colour_picture_is_read(typed: Kiosk, tmp_path: Path) -> None:
    file = tmp_path / "colour.png"
    cv2.imwrite(str(file), cv2.cvtColor(on_desk(code("qr")), cv2.COLOR_GRAY2BGR))
    assert [line["text"] for line in lines(typed("decode", str(file)))] == [TEXTS["qr"]]


def test_a_picture_without_a_code_gives_a_line_that_says_so(typed: Kiosk, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), page_of_text())
    answer = typed("decode", str(tmp_path / "page.png"))
    assert answer.status == 0
    [line] = lines(answer)
    assert (line["symbology"], line["text"], line["box"]) == (None, None, None)


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_decoded(typed: Kiosk, tmp_path: Path) -> None:
    good, text, empty = tmp_path / "good.png", tmp_path / "notes.txt", tmp_path / "empty.jpg"
    cv2.imwrite(str(good), on_desk(code("code128")))
    text.write_text("no picture", encoding="utf-8")
    empty.touch()
    answer = typed("decode", str(tmp_path / "none.png"), str(text), str(empty), str(tmp_path), str(good))
    assert answer.status == 1
    assert [line["text"] for line in lines(answer)] == [TEXTS["code128"]]
    said = answer.err.splitlines()
    assert "none.png: No such file" in said[0]
    assert "notes.txt is no picture" in said[1]
    assert "empty.jpg is no picture" in said[2]
    assert "is a folder" in said[3]
    assert "*.jpg" in said[3]


def test_symbologies_and_lengths_can_be_narrowed(typed: Kiosk, tmp_path: Path) -> None:
    file = tmp_path / "itf.png"
    cv2.imwrite(str(file), on_desk(code("itf", "12345678")))
    assert [line["text"] for line in lines(typed("decode", str(file)))] == [None]
    assert [line["text"] for line in lines(typed("decode", "--itf-length", "8", str(file)))] == ["12345678"]
    assert [line["text"] for line in lines(typed("decode", "--itf-length", "8", "--symbology", "qr", str(file)))] == [None]


def test_wrong_use_is_said(typed: Kiosk) -> None:
    assert_wrong_use(typed("decode"), "FILE")
    assert_wrong_use(typed("decode", "--symbology", "morse", "x.png"), "morse")
