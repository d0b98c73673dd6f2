"""Makes a picture from anywhere small and harmless: decoded, turned upright, scaled down, written anew without metadata."""

import io
import warnings

from kiosk.desk.cases.errors import WrongCase
from kiosk.i18n import msg

# Pixels of the longer side: enough to read a label, a tenth of what phones take.
LONGEST_SIDE = 1600
# A file of a few kilobytes can claim to have billions of pixels, which would take the memory. JPEG, what cameras make, is
# decoded at a part of its size; all other formats have to be decoded whole, at up to four bytes a pixel.
MOST_PIXELS_JPEG = 50_000_000
MOST_PIXELS = 25_000_000
# Modes that can be scaled as they are; the others (palettes, single bits, 16 bits) are made one of them before.
_SCALABLE = ("RGB", "RGBA", "L", "CMYK")
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
                most = MOST_PIXELS_JPEG if opened.format in ("JPEG", "MPO") else MOST_PIXELS
                if opened.width * opened.height > most:
                    raise WrongCase.of("photo", msg("This picture has too many pixels."))
                # JPEG can be decoded at half its size and less: a Pi is spared memory and time.
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                opened.load()
                scaled = opened if opened.mode in _SCALABLE else opened.convert("RGBA")
                # Small first: what follows copies it several times.
                scaled.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
                upright = ImageOps.exif_transpose(scaled)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise WrongCase.of("photo", msg("This is no picture that can be read; JPEG, PNG and WebP are.")) from error
    plain = Image.new("RGB", upright.size, "white")
    with_alpha = upright.convert("RGBA")
    plain.paste(with_alpha, mask=with_alpha.getchannel("A"))
    written = io.BytesIO()
    # A new picture has no metadata: no place, no time, no camera, no thumbnail of what was cut away.
    plain.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue(), plain.width, plain.height
