"""The one style sheet of a tablet's page: written into the page, so that nothing is waited for."""

import re
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FACE = re.compile(r"@font-face\s*\{[^}]*\}")
SPACE = re.compile(r"\s+")
AROUND = re.compile(r"\s*([{};,])\s*")
PRELUDE = re.compile(r"[^{};]+(?=\{)")
ID = re.compile(r"#([A-Za-z][\w-]*)")
ADDRESS = re.compile(r"url\((?!['\"]?(?:/|data:|#))['\"]?([^)'\"]+)['\"]?\)")
ELSEWHERE = "desk"
"""What the names of sheets begin with that no tablet needs."""
# A tablet has a Chinese font of its own, and the server's are a megabyte each: they come only where
# there is none by these names, and what is read meanwhile is read in whatever font there is.
NAMES = {
    400: ("Noto Sans CJK SC", "Noto Sans SC", "NotoSansSC-Regular", "PingFang SC",
          "PingFangSC-Regular", "HarmonyOS Sans SC", "MiSans", "Source Han Sans SC",
          "Microsoft YaHei"),
    500: ("Noto Sans CJK SC Medium", "Noto Sans SC Medium", "NotoSansSC-Medium",
          "PingFang SC Medium", "PingFangSC-Medium", "HarmonyOS Sans SC Medium", "MiSans Medium",
          "Source Han Sans SC Medium", "Microsoft YaHei"),
}  # fmt: skip


def tablet_sheet(assets: Path) -> str:
    """Return the style sheet of tablets' pages, made of all sheets but the desk's.

    A rule for an id is one for the same `data-slot` of a still too, as strong as before.
    """
    files = sorted(file for file in assets.glob("*.css") if not file.name.startswith(ELSEWHERE))
    return _faces() + "".join(_small(file.read_text("utf-8")) for file in files)


def _small(sheet: str) -> str:
    bare = FACE.sub("", COMMENT.sub("", sheet))
    tight = AROUND.sub(r"\1", SPACE.sub(" ", bare)).strip()
    placed = ADDRESS.sub(r"url(/assets/\1)", tight)
    return PRELUDE.sub(lambda found: ID.sub(r":is(#\1,[data-slot=\1])", found[0]), placed)


def _faces() -> str:
    return "".join(
        f'@font-face{{font-family:"Noto Sans SC";font-weight:{weight};font-display:swap;src:'
        + ",".join(f'local("{name}")' for name in names)
        + f',url(/assets/fonts/noto-sans-sc-{weight}.woff2) format("woff2")}}'
        for weight, names in NAMES.items()
    )
