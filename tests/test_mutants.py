"""A changed operator in masks or evaluation must be noticed by their tests: a few of them here, all
in mutants.py.
"""

import random
import sys

import mutants
import pytest

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="a process with torch in it is safely forked on Linux only"
)
EVERY = [(module, *place) for module in mutants.MODULES for place in mutants.places(module)]


@linux
@pytest.mark.parametrize("number", random.Random(0).sample(range(len(EVERY)), 10))
def test_a_changed_operator_is_noticed(number):
    module, tree, node, name = EVERY[number]
    assert not mutants.survives(module, tree, node), name


@linux
def test_an_unchanged_module_survives(monkeypatch):
    monkeypatch.setattr(mutants, "OTHER", {operator: operator for operator in mutants.OTHER})
    module, tree, node, _ = EVERY[0]
    assert mutants.survives(module, tree, node)
