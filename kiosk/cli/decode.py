"""``kiosk decode``: read the codes in picture files through the camera's own pipeline, so that any set of pictures can be measured."""

import json
import sys
import time
from pathlib import Path
from typing import Any, get_args

import click

from kiosk.cli import EXIT_FAILED
from kiosk.drivers.camera.options import Charset, DecodeOptions, Symbology


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--symbology", "symbologies", multiple=True, type=click.Choice(get_args(Symbology)), help="Look for this only; repeatable.")
@click.option(
    "--itf-length", "itf_lengths", multiple=True, type=click.IntRange(4, 80), help="Believe ITF codes of so many digits only; repeatable."
)
@click.option(
    "--qr-charset",
    type=click.Choice(get_args(Charset)),
    default=DecodeOptions().qr_charset,
    show_default=True,
    help="How QR codes are written that are neither UTF-8 nor name their character set.",
)
def decode(files: tuple[Path, ...], symbologies: tuple[Symbology, ...], itf_lengths: tuple[int, ...], qr_charset: Charset) -> None:
    """Print one line of JSON for each code in the FILEs: file, symbology, text, box, milliseconds.

    A picture without a code gives one line whose symbology, text and box are null. Milliseconds are those of the whole picture,
    from grey values to codes. Exit status 1 when a file could not be read; the others are decoded all the same.
    """
    from kiosk.drivers.camera.pipeline import Pipeline

    defaults = DecodeOptions()
    pipeline = Pipeline(
        DecodeOptions(
            symbologies=symbologies or defaults.symbologies, itf_lengths=itf_lengths or defaults.itf_lengths, qr_charset=qr_charset
        )
    )
    if pipeline.missing:
        click.echo(f"kiosk: {pipeline.missing}", err=True)
    failed = False
    for file in files:
        grey = _picture(file)
        if grey is None:
            failed = True
            continue
        start = time.perf_counter()
        reads = pipeline.decode(grey)
        took = round((time.perf_counter() - start) * 1000, 2)
        for read in reads:
            _line(file, read.symbology, read.text, [list(corner) for corner in read.box], took)
        if not reads:
            _line(file, None, None, None, took)
    if failed:
        raise click.exceptions.Exit(EXIT_FAILED)


def _line(file: Path, symbology: str | None, text: str | None, box: list[list[int]] | None, took: float) -> None:
    json.dump({"file": str(file), "symbology": symbology, "text": text, "box": box, "milliseconds": took}, sys.stdout, ensure_ascii=False)
    click.echo()


def _picture(file: Path) -> Any:
    """The file's grey values; None, with a line on standard error, when it cannot be read."""
    import cv2
    import numpy as np

    if file.is_dir():
        click.echo(f"kiosk: {file} is a folder; name its files, e.g. {file}/*.jpg", err=True)
        return None
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as error:
        click.echo(f"kiosk: {file}: {error.strerror}", err=True)
        return None
    try:
        grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    except cv2.error:  # a header that promises more than OpenCV may hold
        grey = None
    if grey is None:
        click.echo(f"kiosk: {file} is no picture that OpenCV reads (PNG, JPEG, WebP, TIFF, BMP)", err=True)
    return grey
