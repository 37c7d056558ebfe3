"""Public functions compute what is recorded of them; shipped tables and weights are those recorded.

Whoever means to change a number writes the record anew, `python tests/golden/record.py`, and says
in the commit which and why.
"""

import json

import numpy as np
import pytest
import torch
from golden import record
from support import write_stand_ins

STORED = json.loads(record.RECORD.read_text(encoding="utf-8"))
CALLS = dict(record.calls())


@pytest.fixture(scope="module", autouse=True)
def fixed_surroundings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = write_stand_ins(tmp_path_factory.mktemp("recordings"))
        patch.setenv("AUDIOXAI_DATA", str(folder))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_computes_what_is_recorded(name):
    value = json.loads(json.dumps(record.value_of(CALLS[name])))
    # To three digits: another processor rounds otherwise, and a training carries that on.
    assert record.same(value, STORED["values"][name], tolerance=1e-3)


def test_nothing_recorded_was_forgotten():
    assert set(STORED["values"]) == set(CALLS)


def test_tables_and_weights_are_those_recorded():
    tables = json.loads(json.dumps(record.tables()))
    differing = {name for name in tables if not record.same(tables[name], STORED["tables"][name])}
    assert not differing
    assert tables.keys() == STORED["tables"].keys()
    assert record.weights() == STORED["weights"]


def test_another_number_is_noticed():
    value = {"a": [1.0, [2.0, float("nan")]], "b": 1e-4}
    assert record.same(value, value)
    assert not record.same(value, {"a": [1.0, [2.001, float("nan")]], "b": 1e-4})
    assert not record.same(value, {"a": [1.0, [2.0]], "b": 1e-4})
    assert not record.same(value, {"a": [1.0, [2.0, float("nan")]], "b": 1.1e-4})


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_numbers_of_an_array_are_compared_with_its_largest_whatever_the_unit(size):
    def digest(*numbers):
        array = np.array([*numbers, np.nan]) * size
        return json.loads(json.dumps(record.digest(array)))

    assert record.same(digest(1.0, -1.0, 1e-8), digest(1.0, -1.0, 2e-8))
    assert not record.same(digest(1.0, -1.0, 0.0), digest(1.0, -1.0, 0.01), tolerance=1e-3)
    assert not record.same(digest(1.0, -1.0, 0.0), digest(1.0, -1.01, 0.0), tolerance=1e-3)
    assert not record.same(digest(1.0), digest(1.0, 1.0))
