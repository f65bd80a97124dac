"""W29: whatever the described API is sent, it gives no 500 and no answer it never named.

schemathesis makes the requests from our own description, right ones and wrong ones, with
a token that may everything. HEAD and the stream are tested elsewhere.
"""

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    status_code_conformance,
)

from dashboard.app import create_app
from tests.action_scene import NOW, WATCHED
from tests.conftest import FakeClock
from tests.factories import signature_row
from tests.page_data import record_rows
from tests.supporters_house import seat_a_house
from tracker import store
from tracker.config import settings_from
from tracker.rules.access import TokenScope
from tracker.store.schema import open_database

EXAMPLES = 20
"""Of each operation."""
MEMBER_ID = 102
TOKEN = {"Authorization": "Bearer fuzz"}
CHECKS = [status_code_conformance, content_type_conformance]
"""500 is described nowhere; 501 is oEmbed's own answer to a format that is not given."""


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """Our description over an app with a House, a signature and a token."""
    folder = tmp_path_factory.mktemp("fuzz")
    settings = settings_from(
        {
            "motions": [{"number": WATCHED.number, "session": WATCHED.session}],
            "parliament": {
                "contact": "test@example.org",
                "members_url": "http://127.0.0.1:9",
            },
        },
        folder=folder,
    )
    engine = open_database(settings.database.url, is_upgraded=True)
    seat_a_house(engine)
    record_rows(engine, [signature_row(1, member_id=MEMBER_ID)], NOW, WATCHED)
    with store.write(engine) as session:
        store.record_token(session, "fuzz", "fuzz", [*TokenScope], at=NOW)
    clock = FakeClock(NOW)
    app = create_app(settings, engine, clock=clock)
    yield schemathesis.openapi.from_asgi("/api/openapi.json", app)
    engine.dispose()


def test_every_answer_is_one_that_is_described(described, subtests):
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        with subtests.test(operation.label):
            statuses = _try(operation)
            is_person = operation.path.endswith("{ref}")  # nobody guesses one
            assert is_person or statuses != {404}, "nothing was ever found"


def _try(operation: Any) -> set[int]:
    """Return the statuses that came of it."""
    statuses = set()

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @hypothesis.given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        _point_at_ours(case)
        answer = case.call_and_validate(headers=TOKEN, checks=CHECKS)
        statuses.add(answer.status_code)

    answers()
    return statuses


def _point_at_ours(case: Any) -> None:
    """Ask about the motion that there is: any other is a 404, whatever else is sent."""
    ours = {"session": WATCHED.session, "number": WATCHED.number}
    for given in (case.path_parameters, case.body):
        if isinstance(given, dict):
            given.update({name: ours[name] for name in ours if name in given})
            if str(given.get("member_id", "")).endswith(("1", "3", "5", "7", "9")):
                given["member_id"] = MEMBER_ID
