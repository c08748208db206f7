"""Everything about signing in, put together: the login, its steps, the provider, /account."""

from collections.abc import Iterator

from flask import Blueprint, Flask

from commandcenter.web.account import Account
from commandcenter.web.attempts import Attempts
from commandcenter.web.entrance import Entrance
from commandcenter.web.login import Login
from commandcenter.web.open_sessions import OpenSessions
from commandcenter.web.provider import Provider
from commandcenter.web.provider_sign_in import ProviderSignIn
from commandcenter.web.rates import Limiter
from commandcenter.web.second_step import SecondStep
from commandcenter.web.services import Services


def ways_in(app: Flask, services: Services, limiter: Limiter) -> Iterator[Blueprint]:
    """Yield the routes by which one comes in, and those by which one looks after the own account.

    Raises SettingsError for a provider or a role that cannot be.
    """
    attempts = Attempts(services, limiter)
    entrance = Entrance(services, attempts)
    provider = Provider.of(app, services.settings)
    login = Login(services, attempts, entrance, provider)
    yield login.blueprint()
    yield SecondStep(services, attempts, entrance, login.checks).blueprint()
    if provider is not None:
        yield ProviderSignIn(services, entrance, login, provider).blueprint()
    yield Account(services, attempts, entrance, login.checks).blueprint()
    yield OpenSessions(services).blueprint()
