"""The migrations lead to the tables that the code names, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from commandcenter.store.all_tables import metadata
from commandcenter.store.migrations import configuration
from commandcenter.store.partitions import PREFIX
from commandcenter.store.schema import HEAD, revision, upgrade
from commandcenter.store.store import Store


def is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the parts of the log, made as months come, and the indices of words.

    Those are other kinds of tables on each database.
    """
    words = "case_words", "audit_words"
    return kind != "table" or name is None or not name.startswith((PREFIX, *words))


def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    store = Store(database_url)
    assert revision(store) is None
    upgrade(store)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_no_partition}
        )
        assert compare_metadata(context, metadata) == []
    store.close()


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database_url: str) -> None:
    store = Store(database_url)
    upgrade(store)
    upgrade(store)
    assert revision(store) == HEAD
    store.close()


def test_the_head_that_the_code_names_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD
