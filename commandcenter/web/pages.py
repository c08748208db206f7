"""The plain pages that stand before the screens: login and errors."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import render_template, request

from commandcenter.web import preferences
from commandcenter.web.services import Services

WORDS = {
    HTTPStatus.NOT_FOUND: "这里没有内容",
    HTTPStatus.TOO_MANY_REQUESTS: "请求过于频繁,请稍候再试",
    HTTPStatus.SERVICE_UNAVAILABLE: "系统正在启动,请稍候再试",
    HTTPStatus.BAD_REQUEST: "页面已过期,请刷新后再试",
    HTTPStatus.FORBIDDEN: "不能这样访问",
}
LOOKS = {
    "theme=light": "浅色", "theme=dark": "深色", "theme=auto": "随光线",
    "type=large": "大字", "type=normal": "标准字",
}  # fmt: skip
"""What the foot of a page offers, by what an address has for it."""
OTHERWISE = "系统出错,已经记录"


def plain_page(services: Services, template: str, **values: object) -> str:
    """Return a page in the product's look, in the language and theme of the request."""
    city = services.catalogue.city
    language = preferences.language(services)
    return render_template(
        template,
        t=preferences.words(services),
        lang=preferences.html_language(services),
        theme=preferences.theme(),
        looks=preferences.looks(),
        other=preferences.other_language(services),
        other_looks=_other_looks(),
        platform=city.platform.in_language(language),
        notes=[note.in_language(language) for note in city.notes],
        **values,
    )


def _other_looks() -> list[tuple[str, str]]:
    """Return what this page may look like besides, each with its address: the page's own."""
    kept = [(name, said) for name, said in request.args.items() if name not in ("theme", "type")]
    query = f"{urlencode(kept)}&" if kept else ""
    now = preferences.looks().chosen
    return [(title, f"?{query}{look}") for look, title in LOOKS.items() if look not in now]


def platform(services: Services) -> str:
    """Return what the product is called in this city, in the language of the request."""
    return services.catalogue.city.platform.in_language(preferences.language(services))


def error_page(services: Services, status: HTTPStatus) -> str:
    """Return the page for an error, which tells nothing but what to do."""
    return plain_page(
        services, "error.html", status=int(status), message=WORDS.get(status, OTHERWISE)
    )
