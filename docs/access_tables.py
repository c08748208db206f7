"""Writes docs/access.md from the tables of access: python docs/access_tables.py."""

import ast
from collections.abc import Iterable, Sequence
from inspect import getsource
from itertools import pairwise
from pathlib import Path

from commandcenter.domain.rights import (
    BLOCK_TITLES,
    BLOCKS,
    BY_TIER,
    LESS,
    MORE,
    RIGHT_TITLES,
    RIGHTS,
    TIERS,
    WITH_SECOND_FACTOR,
    WITHOUT_ROLE,
    Block,
    Right,
)
from commandcenter.domain.roles import ROLE_TITLES, Role
from commandcenter.web.doors import Rates

PAGE = Path(__file__).with_name("access.md")
KINDS = tuple(kind for kind in WITHOUT_ROLE if kind != "system")

HEAD = """# Who may do what

The tables are drawn from `commandcenter/domain/rights.py` by `python docs/access_tables.py`; a test
fails when this page is not what they say.

Four things decide together, and each denies what it does not give:

- the **role** gives rights: what one may do at all (first table). Which command a role may give
  to a case as it stands is the table of the [loop](case-loop.md);
- the **scope**, a cell, gives the place: cells outside it do not exist;
- the **blocks** give the kinds of data (second table): what lies in a block that somebody lacks
  does not exist for them, neither tile nor stream nor answer of the API;
- the **clearance** gives how plain personal data is.

What somebody may not see is answered as what does not exist, by the same status and the same words.

## Rights

An account or key without a role has the rights of its kind, on the right.
"""
BETWEEN = """
## Blocks

By the level of the scope, unless the account or key names its own: `commandcenter user add NAME
--block cases --block places`, `commandcenter key add wall ... --block people`. A list given so is
exactly what the account sees, more or less than its tier.
"""


def page() -> str:
    """Return the page."""
    tables = [HEAD, *rights(), BETWEEN, *blocks(), "", *exceptions(), factor(), FOOT, *rates(), ""]
    return "\n".join(tables)


def rights() -> Iterable[str]:
    """Yield the lines of the table of rights."""
    yield _row(("", *ROLE_TITLES, *(f"no role: {kind}" for kind in KINDS)))
    yield _row(["---"] * (1 + len(ROLE_TITLES) + len(KINDS)))
    for right, roles in RIGHTS.items():
        mine = (_mark(role in roles) for role in ROLE_TITLES)
        others = (_mark(right in WITHOUT_ROLE[kind]) for kind in KINDS)
        yield _row((_right(right), *mine, *others))


def blocks() -> Iterable[str]:
    """Yield the lines of the table of blocks."""
    yield _row(("", *(tier.en for tier in TIERS)))
    yield _row(["---"] * (1 + len(TIERS)))
    for block, lowest in BY_TIER.items():
        yield _row((_block(block), *(_mark(tier <= lowest) for tier in range(len(TIERS)))))


def exceptions() -> Iterable[str]:
    """Yield what roles are given beside their tier."""
    for role in ROLE_TITLES:
        if role in MORE:
            yield f"- `{role}` is given {_names(MORE[role])} at any level."
        if role in LESS:
            yield f"- `{role}` is not given {_names(LESS[role])}."


def factor() -> str:
    """Return who needs a second factor."""
    roles = " and ".join(f"`{role}`" for role in ROLE_TITLES if role in WITH_SECOND_FACTOR)
    return f"\n## Second factor\n\n{roles} sign in with a second factor."


def _right(right: Right) -> str:
    title = RIGHT_TITLES[right]
    return f"`{right}` {title.zh} {title.en}"


def _block(block: Block) -> str:
    title = BLOCK_TITLES[block]
    return f"`{block}` {title.zh} {title.en}"


def _names(found: Iterable[Block]) -> str:
    found = frozenset(found)
    assert found <= BLOCKS
    return ", ".join(f"`{block}`" for block in Block if block in found)


def _mark(has: bool) -> str:
    return "x" if has else ""


def _row(cells: Iterable[str | Role] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def rates() -> Iterable[str]:
    """Yield the lines of the table of rates, with the words that stand below each in the code."""
    (rates_class,) = ast.parse(getsource(Rates)).body
    lines = list(rates_class.body) if isinstance(rates_class, ast.ClassDef) else []
    yield _row(("door", "rate", ""))
    yield _row(["---"] * 3)
    for line, after in pairwise(lines):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            assert isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            rate = getattr(Rates, line.target.id)
            yield _row((f"`{line.target.id}`", rate, str(after.value.value).rstrip(".")))


FOOT = """

## Every door declares its right

Each view of Flask, each callback of Dash, each kind of stream and each export names the right it
needs, and the block that it shows, or says why it is open to all: `needs(Right.SEARCH)`,
`open_to_all("...")` (`commandcenter/web/permission.py`). One that names nothing is refused when
it is called, and a test that walks all of them fails. A page that somebody may not open is
answered as one that does not exist; an act as 403, with the roles that may.

A change of role or blocks, as a closed account or a revoked key, ends the streams that are open.

## What a browser is told

- **Scripts** come from this server or have a hash; none stands in a page (`script-src 'self'` and
  the hashes of what Dash itself writes). Pages without scripts are allowed none.
- **Styles** of screens may stand in the page (`style-src 'unsafe-inline'`), for plotly writes its
  sheet into the page rule by rule, and the components of Dash and Mantine set `style` attributes,
  for which there are neither nonces nor hashes. A style cannot run anything, and what it could
  fetch is bounded by `img-src` and `font-src` to this server. Login, operations and other plain
  pages do without.
- Nothing is shown in a frame (`frame-ancestors 'none'`, `X-Frame-Options`), nothing is sent to
  other sites (`connect-src 'self'`, `Referrer-Policy`), and what others may load of us is nothing
  (`Cross-Origin-Resource-Policy`).
- Camera and place are for this site alone, the microphone for nobody (`Permissions-Policy`).
- With `secure_cookies` the browser comes by HTTPS alone for a year (`Strict-Transport-Security`).

## Other sites' pages

A page of another site must not act with the cookies of who reads it. What comes with a foreign
`Origin` or `Sec-Fetch-Site` is refused everywhere. Forms and callbacks carry a token of their
session as well. Of writes to `/api/v1` that come with a cookie instead of a key, the gate asks
that the browser says that they come from a page of this server, or for the token as
`X-CSRFToken`; who gives neither is refused, even if the browser says nothing. A key is no cookie:
no other page can send it.

## Guessing

Wrong attempts to sign in are counted in the database, before they are checked, alike for names
that exist and names that do not. What holds:

- five (`lockout_after`) with one name from one address lock the name **for that address**, for
  a minute, then for twice as long with each further one, up to an hour; of IPv6 the first 64
  bits are the address;
- ten times as many with one name from anywhere, within a day, lock it in the same way **for
  all strangers**. So strangers have some 80 guesses a day at a name, however many they are;
- a browser that has been in under a name is **known** for it, for 180 days since the last
  time, by a signed cookie with a random number and no name in it (OWASP's device cookie, sent
  to `/login` alone). It has a count of its own, five and then pauses: no guesses of others
  shut it out, neither from elsewhere nor from the address that it shares, and the rates of an
  address are not held against it. Where somebody once knew the password and has a known
  browser, it has those few guesses too;
- who gives the password or a code once more on `/account` is counted by the own session;
- a good sign-in takes back the own wrong attempts, and none of others'. `commandcenter user
  unlock NAME` takes back all.

So who guesses from many addresses can keep a person out of a *new* browser, until they rest or
are shut out by the network; browsers in use go on, and so do open sessions. Each wrong attempt
is in the audit log, and each lock with for whom it is (`for`: `address`, `name`, `browser`).

## Probes

`make probes` makes a town of marked things and asks, as each of twelve people of all roles and
several levels, for a thousand things that lie outside: by page, callback, guessed number, stream,
API, export, search and command. An answer must be the same as for a thing that is not there: the
same status, the same words, as many statements to the database and about as much time; and no
answer may hold a mark of anything outside. The last line is JSON with `asked` and `leaks`.

## Rates

Each caller is held to a rate at each door, in all web processes together where there is a Redis;
over it the answer is 429 with `Retry-After`. Who is not logged in is counted by address. The
setting `rates` says otherwise: see [operating](operating.md).
"""

if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
