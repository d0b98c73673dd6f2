"""Where fonts with Chinese characters are, among Debian's packages: for printers that lack characters, and for letters."""

from pathlib import Path

# fonts-wqy-microhei, fonts-noto-cjk, fonts-unifont; the second has the rarest characters, the third symbols.
WELL_KNOWN = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/unifont/unifont.otf"),
    Path("/usr/share/fonts/truetype/unifont/unifont.ttf"),
)
