"""What every command starts from: the configuration, the database and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.clock import Clock, utc_now

if TYPE_CHECKING:
    from tracker.config import Settings
    from tracker.store import Engine


@dataclass(frozen=True, slots=True)
class Shell:
    """Given to each command by click; reads nothing until it is asked."""

    config_path: Path | None = None
    clock: Clock = utc_now

    def settings(self) -> "Settings":
        """Return the configuration; ConfigError if there is none that can be used."""
        from tracker.config import load_settings

        return load_settings(self.config_path)

    @contextmanager
    def database(
        self, settings: "Settings", *, is_upgraded: bool = False
    ) -> Iterator["Engine"]:
        """Give the configured database, made if it is missing or empty.

        An outdated one is brought up only if `is_upgraded`, else it is a DatabaseError.
        """
        from tracker.store.schema import open_database

        engine = open_database(settings.database.url, is_upgraded=is_upgraded)
        try:
            yield engine
        finally:
            engine.dispose()
