"""What misbehaving plugins do, each in a line or two of code that runs while it is in trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["import", "register", "render", "grade", "run"]
ANY = ""
"""The expected reason of a misdeed that may go unnoticed: it hurts nobody but the plugin."""


@dataclass(frozen=True)
class Misdeed:
    """A way to misbehave: `code` runs at `where`, `reason` is searched for in what is shown.

    `reason` "" means that the plugin need not be shown as failed. `top` stands at the head of the
    module. `is_short`: it is done in turn in the short form too; all at once are always all.
    """

    name: str
    what: str
    where: Where
    code: str
    reason: str
    top: str = ""
    is_short: bool = False

    @property
    def plugin(self) -> str:
        """The name of the plugin that does it."""
        return f"bad_{self.name}"

    @property
    def is_source(self) -> bool:
        """Whether it is a source that misbehaves, and not a panel."""
        return self.where == "run"


LATE = "took longer than|neither yielded nor waited"
GONE = "ended by signal|ended with code|closed its connection"
LARGE = f"used more than|MemoryError|{LATE}"
"""A busy machine may not get so far as to give it so much in time."""
BARRED = "PermissionError|started another process|Too many open files"

MISDEEDS = (
    Misdeed("raises", "raises", "render", 'raise ValueError("the pump is dry")',
            "ValueError: the pump is dry"),
    Misdeed("loops", "loops for ever in Python", "render", "while True:\n    pass", LATE,
            is_short=True),
    Misdeed("sticks", "hangs in C and holds the GIL", "render",
            "deque(itertools.repeat(1), maxlen=0)", LATE,
            "import itertools\nfrom collections import deque"),
    Misdeed("eats", "eats 2 GB, a megabyte at a time", "render",
            "kept = [bytes(1 << 20) for _ in range(2048)]", LARGE),
    Misdeed("maps", "eats 2 GB of shared memory", "render",
            "room = mmap.mmap(-1, 2 << 30)\n"
            "for at in range(0, 2 << 30, 4096):\n    room[at] = 1",
            LARGE, "import mmap"),
    Misdeed("forks", "forks", "render",
            "for _ in range(100):\n    if os.fork() == 0:\n        while True:\n            pass",
            BARRED, "import os"),
    Misdeed("spawns", "starts another program", "render",
            'subprocess.run(["sleep", "1000"])', BARRED, "import subprocess"),
    Misdeed("multiplies", "starts processes by multiprocessing", "render",
            "multiprocessing.get_context('fork').Process(target=print).start()",
            BARRED, "import multiprocessing"),
    Misdeed("heaps", "returns megabytes", "render",
            'return {"number": {"value": 1}, "words": "x" * (64 << 20)}',
            f"is not a str of at most|MB at once|{LATE}"),
    Misdeed("nan", "returns NaN", "render",
            'return {"number": {"value": float("nan")}, "words": ""}', "PluginError: .*nan"),
    Misdeed("scripts", "returns scripts, HTML and remote addresses", "render",
            'return {"number": {"value": 1}, "words": HACK, "chart": '
            '{"data": [{"type": "bar", "x": [HACK], "y": [1], "hovertemplate": HACK}],'
            ' "layout": {"images": [{"source": "http://192.0.2.1/spy.png"}]}},'
            ' "board": {"rows": [{"a": HACK, "href": "javascript:window.hacked=1"}]}}',
            "PluginError: ",
            'HACK = "<img src=http://192.0.2.1/spy.png onerror=window.hacked=1>'
            '<script>window.hacked=1</script>"'),
    Misdeed("closes", "closes stdout and every other file it has", "render",
            "os.closerange(0, 1024)", GONE, "import os"),
    Misdeed("mutes", "closes stdout", "render", "sys.stdout.close()\nsys.stderr.close()", ANY,
            "import sys"),
    Misdeed("prints", "prints without end", "render",
            'while True:\n    print("tick " * 2000, flush=True)', LATE),
    Misdeed("exits", "calls os._exit", "render", "os._exit(3)", GONE, "import os"),
    Misdeed("kills", "is killed with SIGKILL", "render", "os.kill(os.getpid(), 9)", GONE,
            "import os"),
    Misdeed("crashes", "reads from address 0", "render", "ctypes.string_at(0)", GONE,
            "import ctypes"),
    Misdeed("burns", "burns processor in threads between calls", "render",
            "while active_count() < 5:\n    Thread(target=burn, daemon=True).start()", ANY,
            "from threading import Thread, active_count\n\n\ndef burn():\n"
            "    while IN_TROUBLE.exists():\n        sum(range(100_000))\n"),
    Misdeed("no_import", "raises SystemExit at import", "import",
            'raise SystemExit("no licence")', "SystemExit: no licence"),
    Misdeed("slow_import", "hangs at import", "import", "while True:\n    pass", LATE),
    Misdeed("slow_register", "hangs at register", "register", "while True:\n    pass", LATE),
    Misdeed("slow_rule", "a rule that hangs", "grade", "while True:\n    pass", ANY),
    Misdeed("wrong_rule", "a rule that answers nonsense", "grade", 'return "red"', ANY),
    Misdeed("mute_source", "a source that hangs", "run", "while True:\n    pass", LATE),
    Misdeed("odd_source", "a source that yields nonsense", "run", "yield [42]",
            "item 0 of a list: is int"),
    Misdeed("flood_source", "a source that floods", "run",
            "for turn in itertools.count(time.time_ns()):\n"
            '    yield [report(f"{turn}-{n}") for n in range(5000)]',
            "reports a second: stopped", "import itertools\nimport time"),
    Misdeed("dead_source", "a source that is killed in the middle of a list", "run",
            'yield [report(f"d-{n}") for n in range(10)]\nos.kill(os.getpid(), 9)', GONE,
            "import os"),
    Misdeed("fat_source", "a source that eats 2 GB", "run",
            "kept = [bytes(1 << 20) for _ in range(2048)]\nyield []", LARGE),
)  # fmt: skip


def misdeeds() -> tuple[Misdeed, ...]:
    """Return all misdeeds; their names are unique."""
    return MISDEEDS
