"""Who may do what, and see which kinds of data: the tables of access that every door asks."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from commandcenter.domain.roles import Role
from commandcenter.domain.text import Text

R = Role


class Right(StrEnum):
    """What somebody may do; where, the scope says, and to which case, the table of the loop."""

    LOOK = "look"
    """Pages, walls, streams and documents of what lies in the scope and the blocks."""
    SEARCH = "search"
    DESK = "desk"
    """Has a desk: queues, whistles and directives of the scope."""
    COMMAND = "command"
    WHISTLE = "whistle"
    """Whistles for the own level and those below it, and recalls that."""
    ANSWER_CALL = "answer_call"
    """Says for a called unit that it has come, acts and is done."""
    DIRECT = "direct"
    """Orders the levels below the own one, and recalls that."""
    ANSWER_ORDER = "answer_order"
    """Says how far cells of the scope are with a directive."""
    ACT_IN_FIELD = "act_in_field"
    """Notes, photos, cases that are started at a place, checks of what is red."""
    INSPECT = "inspect"
    UNMASK = "unmask"
    """Sees personal data in plain words, with the clearance for it and for a reason."""
    EXPORT = "export"
    PRINT_QR = "print_qr"
    AUDIT = "audit"
    SESSIONS = "sessions"
    """Sees and ends sessions of others."""
    OPERATE = "operate"
    """Sees how the server is, and switches and sets plugins."""
    METRICS = "metrics"
    REPORT = "report"
    """Hands in reports."""
    PUSH = "push"
    """Puts the values of remote panels."""


class Block(StrEnum):
    """A kind of data; what lies in a block that a viewer lacks does not exist for this viewer."""

    CASES = "cases"
    PEOPLE = "people"
    """Persons by name: those in charge, those who report."""
    PLACES = "places"
    THINGS = "things"
    SENTIMENTS = "sentiments"
    ORGANISATIONS = "organisations"
    DEVICES = "devices"
    """Sensors, cameras and their readings."""
    APPRAISAL = "appraisal"
    """Indices, ranks and scores of cells, units and chiefs."""


RIGHT_TITLES: Mapping[Right, Text] = {
    Right.LOOK: Text("查看", "Look"),
    Right.SEARCH: Text("搜索", "Search"),
    Right.DESK: Text("值班台", "Have a desk"),
    Right.COMMAND: Text("处理案件", "Command cases"),
    Right.WHISTLE: Text("吹哨", "Whistle"),
    Right.ANSWER_CALL: Text("应哨报到", "Answer whistles"),
    Right.DIRECT: Text("下达指令", "Issue directives"),
    Right.ANSWER_ORDER: Text("反馈指令", "Answer directives"),
    Right.ACT_IN_FIELD: Text("现场处理", "Act in the field"),
    Right.INSPECT: Text("巡查", "Inspect"),
    Right.UNMASK: Text("查看原文", "Unmask personal data"),
    Right.EXPORT: Text("导出", "Export"),
    Right.PRINT_QR: Text("打印二维码", "Print QR posters"),
    Right.AUDIT: Text("审计", "Audit"),
    Right.SESSIONS: Text("管理会话", "End sessions of others"),
    Right.OPERATE: Text("运维", "Operate"),
    Right.METRICS: Text("读取指标", "Read metrics"),
    Right.REPORT: Text("上报", "Hand in reports"),
    Right.PUSH: Text("推送数据", "Push values"),
}
BLOCK_TITLES: Mapping[Block, Text] = {
    Block.CASES: Text("事", "Cases"),
    Block.PEOPLE: Text("人", "People"),
    Block.PLACES: Text("地", "Places"),
    Block.THINGS: Text("物", "Things"),
    Block.SENTIMENTS: Text("情", "Sentiments"),
    Block.ORGANISATIONS: Text("组织", "Organisations"),
    Block.DEVICES: Text("设备", "Devices"),
    Block.APPRAISAL: Text("考评", "Appraisal"),
}

IN_CHARGE = frozenset({R.LEADER, R.DUTY_OFFICER})
IN_FIELD = frozenset({R.LEADER, R.DUTY_OFFICER, R.UNIT_OFFICER, R.GRID_CHIEF, R.GRID_WORKER})
STAFF = IN_FIELD | {R.OPERATOR, R.AUDITOR}
LOOKERS = STAFF | {R.WALL, R.SOURCE}
CHIEFS = IN_FIELD - {R.GRID_WORKER}

RIGHTS: Mapping[Right, frozenset[Role]] = {
    Right.LOOK: LOOKERS,
    Right.SEARCH: LOOKERS,
    Right.DESK: STAFF,
    Right.COMMAND: IN_FIELD | {R.SOURCE},
    Right.WHISTLE: IN_CHARGE | {R.GRID_CHIEF, R.SOURCE},
    Right.ANSWER_CALL: IN_CHARGE | {R.UNIT_OFFICER, R.SOURCE},
    Right.DIRECT: IN_CHARGE | {R.SOURCE},
    Right.ANSWER_ORDER: IN_CHARGE | {R.GRID_CHIEF, R.GRID_WORKER, R.SOURCE},
    Right.ACT_IN_FIELD: IN_FIELD,
    Right.INSPECT: IN_FIELD - {R.UNIT_OFFICER},
    Right.UNMASK: CHIEFS,
    Right.EXPORT: CHIEFS | {R.AUDITOR},
    Right.PRINT_QR: IN_CHARGE | {R.GRID_CHIEF, R.OPERATOR},
    Right.AUDIT: frozenset({R.AUDITOR}),
    Right.SESSIONS: frozenset({R.OPERATOR}),
    Right.OPERATE: frozenset({R.OPERATOR}),
    Right.METRICS: frozenset(),
    Right.REPORT: frozenset({R.SOURCE}),
    Right.PUSH: frozenset(),
}
"""The table: for each right the roles that have it."""
COORDINATING = (Right.WHISTLE, Right.ANSWER_CALL, Right.DIRECT, Right.ANSWER_ORDER)
"""Rights around whistles and directives."""
WITHOUT_ROLE: Mapping[str, frozenset[Right]] = {
    "user": frozenset({Right.LOOK, Right.SEARCH}),
    "wall": frozenset({Right.LOOK, Right.SEARCH}),
    "source": frozenset({Right.LOOK, Right.SEARCH, Right.REPORT}),
    "plugin": frozenset({Right.REPORT, Right.PUSH}),
    "metrics": frozenset({Right.METRICS}),
    "system": frozenset(Right),
}
"""What accounts and keys without a role may do, by their kind; any other kind nothing."""
OF_ROLE: Mapping[Role, frozenset[Right]] = {
    role: frozenset(right for right, roles in RIGHTS.items() if role in roles) for role in Role
}

TIERS = (
    Text("市级", "City"), Text("区级", "District"), Text("街道级", "Street"),
    Text("社区级", "Community"), Text("网格级", "Grid and below"),
)  # fmt: skip
"""The levels that blocks are given by, from the top; what is deeper counts as the last."""
BLOCKS = frozenset(Block)
PERSONAL_BLOCKS = frozenset({Block.PEOPLE})
BY_TIER: Mapping[Block, int] = {
    Block.CASES: 4,
    Block.PEOPLE: 4,
    Block.PLACES: 4,
    Block.THINGS: 4,
    Block.SENTIMENTS: 2,
    Block.ORGANISATIONS: 4,
    Block.DEVICES: 4,
    Block.APPRAISAL: 3,
}
"""The lowest tier that is given each block."""
MORE: Mapping[Role, frozenset[Block]] = {R.GRID_CHIEF: frozenset({Block.APPRAISAL})}
"""What a role is given at any tier: a chief knows the own record."""
LESS: Mapping[Role, frozenset[Block]] = {
    R.UNIT_OFFICER: frozenset({Block.SENTIMENTS}),
    R.GRID_WORKER: frozenset({Block.SENTIMENTS, Block.APPRAISAL}),
    R.OPERATOR: frozenset({Block.PEOPLE, Block.SENTIMENTS}),
    R.WALL: PERSONAL_BLOCKS,
}
"""What a role is not given at any tier."""

WITH_SECOND_FACTOR = frozenset({R.OPERATOR, R.AUDITOR})
"""Who can change the server, or read what everybody did."""


def rights_of(role: Role | None, kind: str = "user") -> frozenset[Right]:
    """Return what a role may do; without one, what an account or key of a kind may."""
    if role is None:
        return WITHOUT_ROLE.get(kind, frozenset())
    return OF_ROLE[role]


def blocks_of(role: Role | None, depth: int) -> frozenset[Block]:
    """Return the kinds of data that a role sees whose scope lies at a level of the tree."""
    tier = min(depth, len(TIERS) - 1)
    given = {block for block, lowest in BY_TIER.items() if tier <= lowest}
    if role is None:
        return frozenset(given)
    return frozenset((given | MORE.get(role, frozenset())) - LESS.get(role, frozenset()))


def needs_second_factor(role: Role | None) -> bool:
    """Tell whether a role signs in with a second factor."""
    return role in WITH_SECOND_FACTOR


def named(right: Right) -> tuple[str, ...]:
    """Return the names of the roles that have a right."""
    return tuple(role.value for role in Role if role in RIGHTS[right])


def blocks_from(kept: str | None) -> frozenset[Block] | None:
    """Read blocks as an account keeps them, `cases,people`; None for what is given by tier.

    What is no block is none: an account never sees more for it.
    """
    if kept is None:
        return None
    return frozenset(Block(name) for name in kept.split(",") if name in tuple(Block))


def blocks_kept(blocks: Iterable[Block] | None) -> str | None:
    """Return blocks as an account keeps them."""
    return None if blocks is None else ",".join(sorted(blocks))
