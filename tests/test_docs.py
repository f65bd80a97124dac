"""What the documents name is there: tests, commands, files."""

import re
from pathlib import Path

import pytest

from tracker.cli.root import COMMANDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
NAMED_TEST = re.compile(r"`([a-z_/]+\.py)::(test_\w+)`")
NAMED_FILE = re.compile(r"`((?:docs|deploy|tracker|tests|dashboard|bench)/[\w./-]+)`")
NAMED_COMMAND = re.compile(r"(?:^|[`/ ])tracker ([a-z][a-z-]*)\b")


def test_every_test_that_the_list_of_checks_names_is_there():
    named = NAMED_TEST.findall((ROOT / "docs" / "checks.md").read_text())
    assert len(named) > 80
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(), f"{file}::{test}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_command_that_is_named_is_there(document):
    text = document.read_text()
    for name in NAMED_FILE.findall(text):
        assert (ROOT / name).exists(), name
    code = "\n".join(re.findall(r"`[^`]+`|^    .+$", text, re.MULTILINE))
    for command in NAMED_COMMAND.findall(code):
        assert command in COMMANDS, command
