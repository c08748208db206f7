"""The real services that tests run against; a service that does not start fails the test."""

from hypothesis import HealthCheck, settings

from tests.fonts import face, quick_reports
from tests.ordering import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_xdist_make_scheduler,
)
from tests.services.chromium import chromium, kept_pages, page
from tests.services.mosquitto import mosquitto
from tests.services.postgres import database_url, postgres, postgres_url
from tests.services.redis_server import (
    redis_cluster,
    redis_node,
    redis_port,
    redis_url,
    redis_watched,
)
from tests.stores import empty_file, laid_out_url, on_postgres, shared_postgres, small, stored

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("city", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("city")

__all__ = [
    "chromium",
    "database_url",
    "empty_file",
    "face",
    "kept_pages",
    "laid_out_url",
    "mosquitto",
    "on_postgres",
    "page",
    "postgres",
    "postgres_url",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_xdist_make_scheduler",
    "quick_reports",
    "redis_cluster",
    "redis_node",
    "redis_port",
    "redis_url",
    "redis_watched",
    "shared_postgres",
    "small",
    "stored",
]
