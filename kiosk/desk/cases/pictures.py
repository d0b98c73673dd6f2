"""Makes a picture from anywhere small and harmless: decoded, turned upright, scaled down, written anew without metadata."""

import io
import warnings

from kiosk.desk.cases.errors import WrongCase
from kiosk.i18n import msg

# Pixels of the longer side: enough to read a label, a tenth of what phones take.
LONGEST_SIDE = 1600
# More than any phone's camera takes; a file of a few kilobytes can claim to have billions, which would take the memory.
MOST_PIXELS = 60_000_000
_QUALITY = 85
# What phones and web pages send; Pillow knows dozens of other formats whose decoders nobody needs here.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def small_jpeg(image: bytes) -> tuple[bytes, int, int]:
    """Return *image* as a JPEG with its width and height. Raises WrongCase (field ``photo``) for what is no picture."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; the size is judged here, before a pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(image), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise WrongCase.of("photo", msg("This picture has too many pixels."))
                # JPEG can be decoded at half its size and less: a Pi is spared memory and time.
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                opened.load()
                upright = ImageOps.exif_transpose(opened)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise WrongCase.of("photo", msg("This is no picture that can be read; JPEG, PNG and WebP are.")) from error
    plain = Image.new("RGB", upright.size, "white")
    with_alpha = upright.convert("RGBA")
    plain.paste(with_alpha, mask=with_alpha.getchannel("A"))
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    # A new picture has no metadata: no place, no time, no camera, no thumbnail of what was cut away.
    plain.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue(), plain.width, plain.height
