"""The theorem of notebook 10 on a network of two inputs, against finite differences."""

import numpy as np
import pytest

from audioxai_lite.course.nb10.level_sets import trained_network, two_moons, walk, walks

BETAS = (100.0, 30.0, 10.0, 3.0, 1.0)


@pytest.mark.parametrize("beta", BETAS)
def test_derivatives_are_those_of_finite_differences(beta):
    network, points = trained_network(beta, seed=1), two_moons(40, seed=2)[0]
    step = 1e-6
    sides = [
        (network.value(points + step * axis) - network.value(points - step * axis)) / (2 * step)
        for axis in np.eye(2)
    ]
    assert np.allclose(network.gradient(points), np.stack(sides, axis=1), atol=1e-5)
    gradient = network.gradient(points)
    length = np.linalg.norm(gradient, axis=1)
    steep = length > 0.05
    along = gradient[:, ::-1] * [-1, 1] / length[:, None]
    slopes = [network.gradient(points + side * step * along) for side in (1, -1)]
    bend = ((slopes[0] - slopes[1]) * along).sum(axis=1) / (2 * step)
    expected = np.abs(bend) / length
    assert np.allclose(network.curvature(points)[steep], expected[steep], rtol=1e-3, atol=1e-4)


def test_walks_stay_on_their_level_set_and_under_the_bound():
    table = walks(BETAS, seeds=(0,))
    assert len(table) > 10_000
    assert (table["turned"] <= table["bound"] + 1e-9).all()
    assert table.groupby("beta")["turned"].max().min() > 0.5  # there is something to bound
    network, starts = trained_network(10.0, 0), two_moons(15, seed=1)[0]
    some = walk(network, starts)
    drift = network.value(some[["x", "y"]].to_numpy()) - network.value(starts)[some["start"]]
    assert np.abs(drift).max() < 1e-3


def test_half_the_curvature_would_be_crossed():
    """The bound is one: walks come near it where they begin."""
    table = walks((3.0, 1.0), seeds=(0,))
    early = table[table["way"].between(0.01, 0.1)]
    assert (early["turned"] > 0.5 * early["bound"]).mean() > 0.2


def test_a_network_without_slope_is_left_alone():
    network = trained_network(10.0)
    network.outgoing = 0 * network.outgoing
    with pytest.raises(ValueError, match="no slope at any of the starts"):
        walk(network, np.zeros((1, 2)))
