"""Build hook: a wheel without its front-end files or translations would be half a product, so it is not built."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_MADE = ("kiosk/web/static/vendor/pinyin/words.txt", "kiosk/web/static/vendor/kiosk/sources.txt")


class CompletenessHook(BuildHookInterface[Any]):
    """Refuses to build a wheel until ``tools/frontend`` has been run (``make wheel`` does)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        web = Path(self.root) / "kiosk" / "web"
        missing = [path for path in ("kiosk/web/static/vendor", *_MADE) if not (Path(self.root) / path).exists()]
        missing += [
            str(po.with_suffix(".mo").relative_to(self.root))
            for po in web.glob("translations/*/LC_MESSAGES/*.po")
            if not po.with_suffix(".mo").exists()
        ]
        if missing:
            raise RuntimeError(f"not built yet: {', '.join(missing)}; run tools/frontend, or `make wheel`")
