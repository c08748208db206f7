"""What anybody may do who scans a poster: report, and follow it; and where codes lead staff."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from commandcenter.cases.receipts import CODE_LENGTH, LETTERS
from commandcenter.domain.matters import Channel, PublicForm
from commandcenter.domain.text import Text
from commandcenter.store.photo_tables import photos
from commandcenter.store.tables import cases
from commandcenter.web import links
from commandcenter.web.flask_app import create_flask
from commandcenter.web.links import Links, WallShown
from commandcenter.web.services import Services
from tests.web.conftest import CITY, EAST, SAME, WEST, Town, make_accounts, with_rates
from tests.web.pictures import picture

LEAF = f"{EAST}001001001001"
PHONE = "13812345678"
WORDS = "路灯坏了三天\n晚上看不见路"


@pytest.fixture
def url(laid_out_url: str) -> str:
    """Both kinds of database."""
    return laid_out_url


@pytest.fixture
def town(services: Services) -> Town:
    """A site of a city in which anybody may report by one channel."""
    known = services.catalogue
    form = PublicForm(Text("这里有什么问题？", "What is wrong here?"))
    hotline = Channel("hotline", Text("热线", "Hotline"), form=form)
    channels = known.channels | {"hotline": hotline}
    services.catalogue = known.model_copy(update={"channels": channels})
    return Town(services, create_flask(services), make_accounts(services))


def token(town: Town, cell: str = LEAF) -> str:
    return Links(town.services.settings.secret()).poster(cell)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, page
    return found[1]


def form_of(town: Town, client: FlaskClient, **more: Any) -> dict[str, Any]:
    """The form of the poster as somebody has filled it in."""
    page = client.get(f"/report/{token(town)}").text
    filled = {"words": WORDS, "where": "东门外", "phone": PHONE, "website": ""}
    kept = {name: hidden(page, name) for name in ("csrf_token", "once")}
    return kept | filled | more


def sent(town: Town, client: FlaskClient, form: dict[str, Any]) -> Any:
    return client.post(f"/report/{token(town)}", data=form, headers=SAME)


def test_anybody_reports_by_a_poster_and_follows_it_by_a_receipt(town: Town) -> None:
    client = town.client()
    photo = (BytesIO(picture(told=True)), "IMG.jpg")
    answer = sent(town, client, form_of(town, client, photo=photo))
    assert answer.status_code == 303, answer.text
    code = answer.location.partition("?")[0].rpartition("/")[2]
    assert len(code) == CODE_LENGTH and set(code) <= set(LETTERS)
    with town.services.store.read() as connection:
        (row,) = connection.execute(select(cases)).all()
        (kept,) = connection.execute(select(photos)).all()
    assert (row.channel, row.source, row.reporter_phone) == ("hotline", "public", PHONE)
    assert town.services.tree.cells[row.cell].code == LEAF
    assert "东门外" in row.description
    assert row.attachments == [f"/photos/{kept.id}"]
    assert (kept.public, kept.case_id, kept.lng) == (True, row.id, None)
    page = client.get(f"/receipt/{code.lower()[:5]}-{code[5:]}").text
    assert "<time>" in page and f"{code[:5]} {code[5:]}" in page
    assert PHONE not in page and "三天" not in page and "东门" not in page


def test_the_same_form_sent_twice_is_one_case_and_one_receipt(town: Town) -> None:
    client = town.client()
    form = form_of(town, client)
    first, second = sent(town, client, form), sent(town, client, form)
    assert first.location == second.location
    with town.services.store.read() as connection:
        assert len(connection.execute(select(cases.c.id)).all()) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": ""}, "请用几个字说明问题"),
        ({"phone": "call me"}, "电话号码有误"),
        ({"website": "http://spam"}, "没有提交成功"),
        ({"photo": b"MZ not a picture"}, "照片不能使用"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(
    town: Town, wrong: dict[str, Any], said: str
) -> None:
    client = town.client()
    given = {k: (BytesIO(v), "x.jpg") if isinstance(v, bytes) else v for k, v in wrong.items()}
    answer = sent(town, client, form_of(town, client, **given))
    assert answer.status_code == 422 and said in answer.text
    assert wrong.get("words", WORDS.splitlines()[0]) in answer.text, "what was typed is not lost"
    with town.services.store.read() as connection:
        assert connection.execute(select(cases.c.id)).first() is None


def test_what_no_poster_says_is_not_there(town: Town) -> None:
    client, good = town.client(), token(town)
    other = Links("another secret").poster(LEAF)
    for bad in ("x", other, good[:-1], good.swapcase()):
        assert client.get(f"/q/{bad}").status_code == 404
        assert client.get(f"/report/{bad}").status_code == 404
    assert client.get(f"/report/{token(town, '999')}").status_code == 404


def test_without_a_channel_for_everybody_a_poster_leads_to_the_login_alone(
    services: Services,
) -> None:
    plain = Town(services, create_flask(services), {})
    page = plain.client().get(f"/q/{token(plain)}")
    assert page.status_code == 200 and "/report/" not in page.text and "/login?" in page.text
    assert plain.client().get(f"/report/{token(plain)}").status_code == 404


def test_reports_and_guesses_of_one_address_are_held_to_a_rate(town: Town) -> None:
    held = with_rates(town, replace(town.services.rates, public_reports="2 per hour",
                                    receipts="3 per hour"))  # fmt: skip
    client = held.client()
    statuses = [sent(held, client, form_of(held, client)).status_code for _ in range(3)]
    assert statuses == [303, 303, 429]
    guesses = [client.get(f"/receipt/{'A' * CODE_LENGTH}").status_code for _ in range(4)]
    assert guesses == [404, 404, 404, 429]


def test_a_poster_leads_staff_to_the_place_and_others_to_a_choice(town: Town) -> None:
    asked = town.client().get(f"/q/{token(town)}")
    assert f"/report/{token(town)}" in asked.text and f"/login?next=/cell/{LEAF}" in asked.text
    led = town.logged_in("east").get(f"/q/{token(town)}")
    assert (led.status_code, led.location) == (303, f"/cell/{LEAF}")
    elsewhere = town.logged_in("east").get(f"/q/{token(town, WEST)}")
    assert elsewhere.status_code == 200 and f"/report/{token(town, WEST)}" in elsewhere.text


def test_the_code_of_a_wall_opens_what_it_shows_for_a_while(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Links(town.services.settings.secret()).wall(WallShown("city", CITY, "manage"))
    assert town.client().get(f"/w/{made}").location.startswith("/login?next=/w/")
    led = town.logged_in("city").get(f"/w/{made}")
    assert led.location == f"/wall/city?cell={CITY}&face=manage"
    monkeypatch.setattr(links, "WALL_SECONDS", -1)
    assert town.logged_in("city").get(f"/w/{made}").status_code == 404


def test_at_the_foot_of_public_pages_one_chooses_how_they_look(town: Town) -> None:
    client = town.client()
    code = sent(town, client, form_of(town, client)).location.partition("?")[0]
    for path in (f"/q/{token(town)}", f"/report/{token(town)}", "/receipt", code, "/login"):
        page = client.get(f"{path}?next=%2Freceipt").text
        offered = re.findall(r'<a href="\?next=%2Freceipt&amp;([a-z=]+)">', page)
        assert offered == ["theme=light", "theme=auto", "type=large"], path
    assert 'class="large"' in client.get("/receipt?type=large").text
    page = client.get(f"/report/{token(town)}?lang=en").text
    assert 'class="large"' in page and "type=normal" in page and ">Light<" in page
