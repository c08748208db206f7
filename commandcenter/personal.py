"""What in words is personal, and how it is covered: names, numbers, plates, doors, addresses.

It lies below everything else, since logs cover by it what screens do. Covering what is covered
already changes nothing.
"""

import re
from collections.abc import Callable, Iterable
from re import Match

from commandcenter.personal_names import COMPOUND, COVER, GIVEN, NO_WORDS, SURNAME, in_context

TITLES = "先生|女士|小姐|太太|大爷|大妈|大娘|阿姨|师傅|同志|老人|经理|老师"
CUES = (
    "联系人|姓名|名叫|我叫|叫做|报案人|上报人|举报人|投诉人|反映人|报修人|来电人|当事人|收件人|Name|name"
)
"""What a name follows at once."""
NAMED = "联系人|姓名|名叫|我叫|叫做|收件人|Name|name"
"""The cues after which somebody is named; after the others it may be told what was done."""
OFFICES = "员会委部处所司店业区院站长主校厂局队"
"""With these an office ends that is somebody to turn to, and no name."""
MAYBE = "我是|找|联系|本人|住户|业主|户主|房主|车主|家属|租户|租客|患者|负责人|邻居"
"""What a name may follow; it is one where nothing else goes on after it."""
NO_NAMES = (
    "反映|投诉|举报|称|说|要求|希望|建议|不详|未知|匿名|来电|多次|表示|电话|手机|认为|已|将|在|的|和|与|及|"
    "向|住|男|女|家"
)
"""What is no name after a cue, and ends one."""
DIGITS = str.maketrans("０１２３４５６７８９－＋＠．", "0123456789-+@.")
COUNTED = "〇零一二三四五六七八九幺"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
FACTORS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"

EMAIL = re.compile(r"[A-Za-z0-9_.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
OLD_IDENTITY = re.compile(
    r"(?<!\d)[1-8]\d{5}[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"
)
CARD = re.compile(r"(?<!\d)[3-69]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)")
MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d([ .·-]?)\d{4}[ .·-]?\d{4}(?!\d)")
SPOKEN = re.compile(f"(?<![{COUNTED}])[一幺][三四五六七八九][{COUNTED}]{{9}}(?![{COUNTED}])")
LANDLINE = re.compile(
    r"(?<!\d)[(（]?0(?:10|2\d|[3-9]\d\d)[)）]?[ -]?[2-9]\d{6,7}(?:-\d{1,5})?(?!\d)"
)
NEAR_NUMBER = re.compile(
    r"((?:电话|座机|手机|联系方式|致电|拨打|回电|Tel|tel|TEL)(?:号码|号|是|为)?[:：\s]*)"
    r"([2-9]\d{2,3}[ -]?\d{4}(?:-\d{1,5})?)(?!\d)"
)
PLATE = re.compile(
    f"[{PROVINCES}][A-Za-z][ ·•.-]?(?=[A-Za-z0-9]{{0,5}}\\d)[A-Za-z0-9]{{4,5}}"
    "[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
)
NUMBER = "(?:[A-Za-z]?\\d{1,4}[A-Za-z]?#?|[一二三四五六七八九十百]{1,3}|[A-Za-z甲乙丙丁东西南北中])"
PART = "[ -]?(?:号楼|号院|栋|幢|座|楼|单元|门|层|号房|房间|室|户|#)"
DOOR = re.compile(
    f"(?:{NUMBER}{PART}[ ,，-]?){{2,}}\\d{{0,4}}|{NUMBER}(?:号房|室)(?!内|外|厅)"
    "|(?<![\\d-])\\d{1,3}-\\d{1,2}-\\d{3,4}(?![\\d-])"
)
DOOR_NUMBER = re.compile(f"{NUMBER}(?={PART})")
HOME = re.compile(r"单元|室|户|号房|房间|\d-\d")
"""What makes the way to a house the way to somebody's door."""
ORDINAL = "[一二三四五六七八九十百]{1,4}"
HOUSE = re.compile(
    f"(?<![\\d共有近约第一二三四五六七八九十百])(?:[A-Za-z]?\\d{{1,4}}[A-Za-z]?|{ORDINAL})"
    "(?=[号#](?:大|小|家属)?[楼院]|号公寓|号别墅|幢|栋(?![楼房建别住])|单元(?![房式楼]))"
    f"|(?<=[路街道巷弄村])(?:\\d{{1,4}}(?:-\\d{{1,4}})?|{ORDINAL})"
    "(?=号(?![线楼院航口井灯桩桥杆泵机车]|门(?![前口])))|(?<=号附)\\d{1,3}(?=号)|[A-Z](?=座)"
)
"""The number of a house, a building or a part of one; what it is called stays."""
ADDRESS = re.compile("[号栋幢座室户房元#-]")
"""What nearly every address has in it."""
DIGIT = re.compile(r"\d")
LONG = re.compile(r"\d(?:[ .·)）-]?\d){6}")
BEFORE_NUMBER = re.compile(
    f"(?<!{GIVEN})({SURNAME})({GIVEN}{{1,2}})"
    "(?=[\\s,，:：、(（]{0,3}(?:\\+?86[ -]?)?1[3-9]\\d[\\d -])"
)
TITLED = re.compile(f"({SURNAME})({GIVEN}{{1,2}})({TITLES})")
AFTER_COLON = re.compile(
    f"((?:{CUES}|{MAYBE})(?:姓名)?\\s*[:：]\\s*)(?!{NO_NAMES})({GIVEN}{{2,4}})(?!{GIVEN})"
)
NAME = f"(?!{NO_NAMES})({SURNAME})((?:(?!{NO_NAMES}|{TITLES}){GIVEN}){{1,2}})"
AFTER_CUE = re.compile(f"((?:{CUES})(?:是|为|叫|:|：|\\s)*){NAME}")
AFTER_CUE_ALONE = re.compile(
    f"((?:{NAMED})[:：\\s]*)(?!{NO_NAMES})((?:(?!{NO_NAMES}|{TITLES}){GIVEN}){{2,3}})"
    f"(?<![{OFFICES}])(?=$|{NO_NAMES}|{TITLES}|[^\u4e00-\u9fff])"
)
"""What stands alone after such a word is a name, also with a surname that is in no list."""
AFTER_MAYBE = re.compile(
    f"((?:{MAYBE})(?:是|叫|:|：|\\s)*){NAME}(?=$|{NO_NAMES}|[^\u4e00-\u9fff])"
)
LATIN_NAME = re.compile(
    r"((?:[Nn]ame|I am|Mr\.?|Mrs\.?|Ms\.?)[:：]?\s+)([A-Z][a-z]+(?:\s[A-Z][a-z]+)?)"
)
TITLE, AFTER, LATIN = (
    re.compile(signs) for signs in (TITLES, f"{CUES}|{MAYBE}", "Mr|Ms|I am|[Nn]ame")
)
SOMEBODY = re.compile(f"{CUES}|{MAYBE}|{TITLES}|Mr|Ms|I am")


def masked(words: str, *, covers_houses: bool = True) -> str:
    """Return words with all that is personal in them covered; a house may be left, a home not."""
    found = words
    if DIGIT.search(words):
        found = _numbers(words)
    if "@" in found or "＠" in found:
        found = EMAIL.sub(_email, found.replace("＠", "@"))
    if SPOKEN.search(found):
        found = SPOKEN.sub(_covered(3, 4), found)
    if ADDRESS.search(found):
        found = DOOR.sub(_door, found)
        found = HOUSE.sub(COVER, found) if covers_houses else found
    known = _cued(found) if SOMEBODY.search(found) else []
    known.extend(in_context(found))
    return _without(found, known) if known else found


def masked_name(name: str) -> str:
    """Return a name of which the surname is left, or the first letter of each word."""
    stripped = name.strip()
    if not stripped:
        return ""
    if not re.match(GIVEN, stripped):
        return " ".join(f"{word[0]}{COVER * 3}" for word in stripped.split())
    kept = 2 if len(stripped) > 2 and re.match(COMPOUND, stripped) else 1
    return stripped[:kept] + COVER * max(1, len(stripped) - kept)


def masked_number(number: str) -> str:
    """Return a phone number, or another one, of which the middle is covered."""
    if len(number) < 7:
        return COVER * len(number)
    return _middle(number, 3, 4)


def is_identity(number: str) -> bool:
    """Tell whether 18 characters are the number of a person: by the check digit or the birthday."""
    month, day = int(number[10:12]), int(number[12:14])
    born = number[6:8] in ("18", "19", "20") and 1 <= month <= 12 and 1 <= day <= 31
    total = sum(int(d) * factor for d, factor in zip(number, FACTORS, strict=False))
    return born and (CHECKS[total % 11] == number[17].upper() or "1" <= number[0] <= "8")


def _numbers(words: str) -> str:
    plain = words.translate(DIGITS)
    found = PLATE.sub(_covered(2, 1), plain)
    if LONG.search(found):
        found = BEFORE_NUMBER.sub(lambda m: m[1] + COVER * len(m[2]), found)
        found = IDENTITY.sub(lambda m: _middle(m[0], 4, 2) if is_identity(m[0]) else m[0], found)
        found = CARD.sub(lambda m: _middle(m[0], 4, 4) if _is_card(m[0]) else m[0], found)
        found = OLD_IDENTITY.sub(_covered(4, 2), found)
        found = MOBILE.sub(_mobile, found)
        found = LANDLINE.sub(_covered(4, 2), found)
        found = NEAR_NUMBER.sub(lambda m: m[1] + _middle(m[2], 1, 2), found)
    return words if found == plain else found


def _covered(head: int, tail: int) -> Callable[[Match[str]], str]:
    return lambda match: _middle(match[0], head, tail)


def _middle(text: str, head: int, tail: int) -> str:
    return text[:head] + COVER * (len(text) - head - tail) + text[-tail:]


def _mobile(match: Match[str]) -> str:
    digits = "".join(DIGIT.findall(match[0]))[-11:]
    return _middle(digits, 3, 4)


def _email(match: Match[str]) -> str:
    name, _, host = match[0].partition("@")
    return f"{name[0]}{COVER * 3}@{host}"


def _is_card(text: str) -> bool:
    """Tell whether a number is of a bank card: its length, and its check digit by Luhn."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    if len(digits) not in (16, 19) and not (text.startswith("62") and len(digits) in (17, 18)):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _door(match: Match[str]) -> str:
    if not HOME.search(match[0]):
        return match[0]
    return re.sub(r"\d+", COVER, DOOR_NUMBER.sub(COVER, match[0]))


def _cued(words: str) -> list[str]:
    """Return names after cues and before titles; nothing is looked for without its sign."""
    known = []
    if TITLE.search(words):
        known += [m[1] + m[2] for m in TITLED.finditer(words)]
    if AFTER.search(words):
        known += [m[2] for cue in (AFTER_COLON, AFTER_CUE_ALONE) for m in cue.finditer(words)]
        known += [m[2] + m[3] for cue in (AFTER_CUE, AFTER_MAYBE) for m in cue.finditer(words)]
    if LATIN.search(words):
        known += [m[2] for m in LATIN_NAME.finditer(words)]
    return [name for name in known if name[:2] not in NO_WORDS]


def _without(words: str, known: Iterable[str]) -> str:
    """Cover names wherever they stand."""
    found = words
    for name in known:
        # A cue may have taken a letter too many for part of the name.
        parts = (name,) if name.isascii() else (name, name[:2])
        for part in dict.fromkeys(parts):
            if len(part) > 1 and part not in COMPOUND:
                found = found.replace(part, masked_name(part))
    return found
