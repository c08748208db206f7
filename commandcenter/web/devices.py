"""What a browser and its device are called, for who looks over the own sessions."""

BROWSERS = (
    ("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("Edg", "Edge"), ("OPR", "Opera"),
    ("HuaweiBrowser", "Huawei"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""In this order: most call themselves by the names of others too."""
SYSTEMS = (
    ("iPad", "iPad"), ("iPhone", "iPhone"), ("Harmony", "HarmonyOS"),
    ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """Return browser and device of a User-Agent, its own beginning where neither is known."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return " · ".join(filter(None, (browser, system))) or agent[:40]
