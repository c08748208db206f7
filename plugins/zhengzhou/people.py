"""Made-up people and households: who answers for a cell, how many live in it."""

from commandcenter.api import HOUR, Cell, Chief, Millis, Officer, Text

from .chance import number

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
    "贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国志红玉梅文辉力光东海春晓云飞雪松"
    "宇浩然欣悦佳琪俊峰鹏慧颖婷丹丽君瑞凯旭晨阳博思远立新永成振宏卫民家豪子涵一鸣书航"
)
DEPUTY = Text("副网格长", "Deputy chief")
WORKER = Text("在岗网格员", "Grid worker on duty")
OFFICER = Text("值班员", "Officer on duty")
DEPUTIES = (2, 2, 2, 1, 1, 0)
ON_DUTY = (2, 2, 1, 2, 2, 1)
"""By level, from the city down to the micro-grids."""
GRIDS_FROM = 3
"""From the communities down those on duty are grid workers."""
SHIFT, ZONE = 8 * HOUR, 8 * HOUR
"""Shifts begin at 0, 8 and 16 o'clock of the city's time, which is 8 hours ahead of UTC."""
LEAST, MOST = 50, 70
"""Households of a micro-grid."""


def chief(seed: int, code: str) -> Chief:
    """Make up the chief of a cell; no real phone number begins with 100."""
    dice = number(seed, f"chief:{code}")
    dice, surname = divmod(dice, len(SURNAMES))
    dice, first = divmod(dice, len(GIVEN))
    dice, second = divmod(dice, len(GIVEN) * 3 // 2)
    dice, phone = divmod(dice, 10**8)
    given = GIVEN[first] + (GIVEN[second] if second < len(GIVEN) else "")
    digits = f"{phone:08d}"
    return Chief(SURNAMES[surname] + given, f"100-{digits[:4]}-{digits[4:]}", invented=True)


def staff(seed: int, cell: Cell, now: Millis) -> list[Officer]:
    """Make up who works for a cell beside its chief: deputies, and who is on duty at an instant."""
    code, depth = cell.code, cell.depth
    deputies = [_officer(seed, f"deputy:{code}:{at}", DEPUTY) for at in range(DEPUTIES[depth])]
    shift = (now + ZONE) // SHIFT
    post = WORKER if depth >= GRIDS_FROM else OFFICER
    on_duty = [
        _officer(seed, f"duty:{code}:{shift}:{at}", post, (shift + 1) * SHIFT - ZONE)
        for at in range(ON_DUTY[depth])
    ]
    return deputies + on_duty


def _officer(seed: int, name: str, post: Text, until: Millis | None = None) -> Officer:
    made = chief(seed, name)
    return Officer(made.name, post, made.phone, until, invented=True)


def households(seed: int, code: str) -> int:
    """Draw the households of a micro-grid."""
    return LEAST + number(seed, f"households:{code}") % (MOST - LEAST + 1)
