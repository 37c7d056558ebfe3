import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from torch import nn

from audioxai_lite.models import training
from audioxai_lite.models.autoencoder import Autoencoder, masked_loss, reconstruction_loss

DATA = torch.randn(24, 1, 16, 32, generator=torch.Generator().manual_seed(1))
SETTINGS = {"epochs": 6, "batch_size": 8, "progress": False}


def network() -> nn.Module:
    torch.manual_seed(0)
    return Autoencoder(n_mels=16, frames=32)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten() for value in model.state_dict().values()])


class Killed(Exception):
    pass


def killed_in(epoch: int, loss):
    """The loss, until training reaches an epoch; validation counts as a batch of its own."""
    calls = iter(range(epoch * (3 + 3) + 2))

    def wrapped(*arguments, **options):
        if next(calls, None) is None:
            raise Killed
        return loss(*arguments, **options)

    return wrapped


@pytest.mark.parametrize("loss", [reconstruction_loss, masked_loss])
def test_killed_and_resumed_is_the_same_as_uninterrupted(tmp_path, loss):
    straight = network()
    history = training.fit(straight, loss, (DATA,), (DATA[:20],), **SETTINGS)
    for epoch in (1, 4):
        resumed, checkpoint = network(), tmp_path / f"{epoch}.pt"
        with pytest.raises(Killed):
            training.fit(
                resumed,
                killed_in(epoch, loss),
                (DATA,),
                (DATA[:20],),
                checkpoint=checkpoint,
                **SETTINGS,
            )
        assert checkpoint.exists()
        fresh = network()
        again = training.fit(fresh, loss, (DATA,), (DATA[:20],), checkpoint=checkpoint, **SETTINGS)
        assert torch.equal(weights(fresh), weights(straight))
        assert again.equals(history)
        assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_a_whole_checkpoint(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_training import *\n"
        "torch.set_num_threads(1)\n"
        "settings = {'epochs': 100000, 'progress': False, 'checkpoint': sys.argv[2]}\n"
        "training.fit(network(), masked_loss, (DATA,), (DATA,), **settings)"
    )
    checkpoint = tmp_path / "run.pt"
    process = subprocess.Popen(
        [sys.executable, "-c", program, os.path.dirname(__file__), str(checkpoint)]
    )
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    state = torch.load(checkpoint, weights_only=True)
    assert len(state["history"]) >= 1


def test_it_learns_and_keeps_the_best_epoch():
    base = torch.sin(torch.arange(32) / 3) * torch.linspace(-1, 1, 16)[:, None]
    data = (base + 0.1 * DATA).contiguous()
    model = network()
    history = training.fit(
        model, reconstruction_loss, (data,), (data,), epochs=15, batch_size=8, progress=False
    )
    assert history["validation_loss"].min() < 0.5 * history["validation_loss"][0]
    assert training.evaluate(model, reconstruction_loss, (data,), 8) == pytest.approx(
        history["validation_loss"].min()
    )
    assert not model.training
    assert history["learning_rate"].idxmax() not in (0, 14)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_best_epoch_is_not_the_last_when_validation_rises(keep):
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)

    def loss(model, kind, generator):
        # Training pulls the weight to 1, validation wants it at 0.2.
        return (model.weight - (1.0 if kind[0] == 1 else 0.2)).square().mean()

    history = training.fit(
        model,
        loss,
        (torch.ones(8),),
        (torch.full((8,), 2.0),),
        epochs=40,
        batch_size=8,
        learning_rate=0.1,
        keep=keep,
        progress=False,
    )
    best = history["validation_loss"].idxmin()
    assert 0 < best < 39
    kept = history["validation_loss"][best if keep == "best" else 39]
    assert (model.weight.item() - 0.2) ** 2 == pytest.approx(kept)


def test_without_validation_the_last_epoch_is_kept():
    def trained(validation):
        torch.manual_seed(0)
        model = network()
        history = training.fit(
            *(model, reconstruction_loss, (DATA,), validation),
            epochs=3,
            batch_size=8,
            keep="last",
            progress=False,
        )
        return model, history

    (watched, _), (model, history) = trained((DATA,)), trained(None)
    assert all(map(torch.equal, watched.parameters(), model.parameters()))
    assert history["validation_loss"].isna().all() and not history["best"].any()
    assert not model.training
    for options in ({}, {"keep": "last", "patience": 2}):
        with pytest.raises(ValueError, match="without validation no epoch is the best"):
            training.fit(model, reconstruction_loss, (DATA,), None, **options)


def test_early_stopping():
    model = nn.Linear(1, 1)

    def loss(model, x, generator):
        return 0 * model.weight.sum() + 1

    assert (
        len(
            training.fit(
                model,
                loss,
                (torch.ones(4),),
                (torch.ones(4),),
                epochs=50,
                patience=3,
                progress=False,
            )
        )
        == 4
    )


def test_the_seed_rules_and_the_callers_random_state_is_left_alone():
    runs = []
    for seed in (0, 0, 1):
        model = network()
        torch.manual_seed(123)
        before = torch.get_rng_state()
        training.fit(model, masked_loss, (DATA,), (DATA,), seed=seed, **SETTINGS)
        assert torch.equal(torch.get_rng_state(), before)
        runs.append(weights(model))
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])


def test_a_validation_loss_that_is_not_finite_is_told():
    def loss(model, x, generator):
        return (model(x) - x).square().mean()

    model, good, bad = torch.nn.Linear(1, 1), torch.ones(4, 1), torch.tensor([[1.0], [torch.nan]])
    with pytest.raises(ValueError, match="validation loss is nan in epoch 0"):
        training.fit(model, loss, (good,), (bad,), epochs=2, progress=False)


def test_a_loss_that_is_not_finite_is_told():
    bad = DATA.clone()
    bad[3] = float("nan")
    with pytest.raises(ValueError, match="epoch 0"):
        training.fit(network(), reconstruction_loss, (bad,), (DATA,), **SETTINGS)


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    torch.save({"model": Trap()}, tmp_path / "run.pt")
    with pytest.raises(Exception, match="weights_only|Weights only"):
        training.fit(
            network(), masked_loss, (DATA,), (DATA,), checkpoint=tmp_path / "run.pt", **SETTINGS
        )
    assert not (tmp_path / "sprung").exists()


def test_long_gradients_are_shortened_when_asked():
    lengths = {}
    for limit in (None, 0.01):
        model = network()
        training.fit(
            model,
            reconstruction_loss,
            (DATA,),
            (DATA,),
            **SETTINGS | {"epochs": 1},
            gradient_norm=limit,
        )
        lengths[limit] = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    assert lengths[0.01] <= 0.01 * 1.001 < lengths[None]
