"""The plain pages that stand before the screens: login and errors."""

from http import HTTPStatus

from flask import render_template

from commandcenter.web import preferences
from commandcenter.web.services import Services

WORDS = {
    HTTPStatus.NOT_FOUND: "这里没有内容",
    HTTPStatus.TOO_MANY_REQUESTS: "请求过于频繁,请稍候再试",
    HTTPStatus.SERVICE_UNAVAILABLE: "系统正在启动,请稍候再试",
    HTTPStatus.BAD_REQUEST: "页面已过期,请刷新后再试",
    HTTPStatus.FORBIDDEN: "不能这样访问",
}
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
        platform=city.platform.in_language(language),
        notes=[note.in_language(language) for note in city.notes],
        **values,
    )


def platform(services: Services) -> str:
    """Return what the product is called in this city, in the language of the request."""
    return services.catalogue.city.platform.in_language(preferences.language(services))


def error_page(services: Services, status: HTTPStatus) -> str:
    """Return the page for an error, which tells nothing but what to do."""
    return plain_page(
        services, "error.html", status=int(status), message=WORDS.get(status, OTHERWISE)
    )
