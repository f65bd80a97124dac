"""Importing without the collector: it is out meanwhile, and back whatever happens."""

import gc

import pytest

from tracker.cli.quick import quick_imports


def test_the_collector_is_out_meanwhile_and_back_after_it():
    with quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_back_also_when_the_import_fails():
    with pytest.raises(ModuleNotFoundError), quick_imports():
        raise ModuleNotFoundError
    assert gc.isenabled()
