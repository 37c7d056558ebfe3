"""One training loop for every model of the course. Taught in notebook 02."""

import copy
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

Loss = Callable[..., Tensor]


def fit(
    model: nn.Module,
    loss: Loss,
    train: tuple[Tensor, ...],
    validation: tuple[Tensor, ...] | None,
    epochs: int = 25,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    weight_decay: float = 1e-2,
    patience: int | None = None,
    gradient_norm: float | None = None,
    keep: Literal["best", "last"] = "best",
    seed: int = 0,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train a model with AdamW under a one-cycle learning rate, and keep the weights of its best
    epoch, or of its last.

    Parameters
    ----------
    model : nn.Module
        Trained in place; ends in evaluation mode with the weights that `keep` says.
    loss : callable (model, *batch, generator) -> scalar Tensor
        `generator` is the source of all randomness in it.
    train, validation : tuple of Tensor
        Each tensor has the clips along its first axis; a batch is a slice of every one. Validation
        uses the same random numbers in every epoch, so that epochs can be compared. With None
        nothing validates, and the last epoch is kept.
    epochs : int, default 25
    batch_size : int, default 16
    learning_rate : float, default 3e-3
        The peak of the cycle.
    weight_decay : float, default 1e-2
    patience : int, optional
        Stop after this many epochs without a lower validation loss. None trains to the end.
    gradient_norm : float, optional
        Longer gradients are shortened to this. None leaves them.
    keep : "best" or "last", default "best"
        Weights of the epoch of lowest validation loss, or of the last one. On a few dozen clips
        that loss jumps while the learning rate is high, and the lowest may be luck; at the end of
        the cycle it has settled.
    seed : int, default 0
        Of the order of clips and of the loss; the model's own start is the caller's. The caller's
        random state is left as it was.
    checkpoint : path, optional
        Written after every epoch, in one step; when it exists, training goes on from it exactly as
        if it had never stopped. Removed at the end. It belongs to one call: another model, data or
        setting gives an error or nonsense.
    progress : bool, default True
        Show a progress bar, as text on stderr.

    Returns
    -------
    DataFrame
        One row an epoch: epoch, train_loss, validation_loss (NaN where nothing validates),
        learning_rate, best (whether it was the best so far).

    Raises
    ------
    ValueError
        If the loss, or the validation loss, is not finite; the message says in which epoch. If
        nothing validates, and yet the best epoch is to be found.

    Notebook: 02.

    Examples
    --------
    >>> def loss(model, x, y, generator):
    ...     return (model(x) - y).square().mean()
    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> data = (x, 2 * x)
    >>> history = fit(nn.Linear(1, 1), loss, data, data, learning_rate=0.1, progress=False)
    >>> bool(history["validation_loss"].iloc[-1] < 0.01)
    True
    """
    if validation is None and (keep == "best" or patience is not None):
        raise ValueError(
            "without validation no epoch is the best: keep='last', and no patience, are needed"
        )
    run = _Run(model, len(train[0]), epochs, batch_size, learning_rate, weight_decay, seed)
    checkpoint = None if checkpoint is None else Path(checkpoint)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if checkpoint is not None and checkpoint.exists():
            run.resume(torch.load(checkpoint, weights_only=True))
        done = len(run.history)
        bar = tqdm(
            range(done, epochs), initial=done, total=epochs, unit="epoch", disable=not progress
        )
        for epoch in bar:
            if patience is not None and _epochs_since_best(run.history) >= patience:
                break
            train_loss = run.train_epoch(loss, train, gradient_norm)
            _refuse_infinite("loss", train_loss, epoch)
            validation_loss = math.nan
            if validation is not None:
                validation_loss = evaluate(model, loss, validation, batch_size, seed)
                _refuse_infinite("validation loss", validation_loss, epoch)
            run.note(epoch, train_loss, validation_loss)
            bar.set_postfix(train=f"{train_loss:.3f}", validation=f"{validation_loss:.3f}")
            if checkpoint is not None:
                _save_whole(run.state(), checkpoint)
    if keep == "best":
        model.load_state_dict(run.best_weights)
    model.eval()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return pd.DataFrame(run.history)


class _Run:
    """A training under way: all that is needed to go on with it."""

    STATEFUL = ("model", "optimiser", "schedule")

    def __init__(
        self,
        model: nn.Module,
        clips: int,
        epochs: int,
        batch_size: int,
        learning_rate: float,
        weight_decay: float,
        seed: int,
    ):
        self.model, self.clips, self.batch_size = model, clips, batch_size
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=learning_rate, weight_decay=weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, learning_rate, total_steps=epochs * -(-clips // batch_size)
        )
        self.generator = torch.Generator().manual_seed(seed)
        self.history: list[dict] = []
        self.best_weights = copy.deepcopy(model.state_dict())

    def train_epoch(
        self, loss: Loss, train: tuple[Tensor, ...], gradient_norm: float | None
    ) -> float:
        """One step for every batch; the mean loss over clips, or the first that is not finite."""
        self.model.train()
        total = 0.0
        for positions in torch.randperm(self.clips, generator=self.generator).split(
            self.batch_size
        ):
            batch = (tensor[positions] for tensor in train)
            value = loss(self.model, *batch, generator=self.generator)
            if not value.isfinite():
                return value.item()
            self.optimiser.zero_grad()
            value.backward()
            if gradient_norm is not None:
                nn.utils.clip_grad_norm_(self.model.parameters(), gradient_norm)
            self.optimiser.step()
            self.schedule.step()
            total += value.item() * len(positions)
        return total / self.clips

    def note(self, epoch: int, train_loss: float, validation_loss: float) -> None:
        """Write a row of the history, and keep the weights when they are the best so far."""
        past = [row["validation_loss"] for row in self.history]
        best = validation_loss < min(past, default=math.inf)
        self.history.append(
            {
                "epoch": epoch,
                "train_loss": train_loss,
                "validation_loss": validation_loss,
                "learning_rate": self.schedule.get_last_lr()[0],
                "best": best,
            }
        )
        if best:
            self.best_weights = copy.deepcopy(self.model.state_dict())

    def state(self) -> dict:
        return {
            **{name: getattr(self, name).state_dict() for name in self.STATEFUL},
            "generator": self.generator.get_state(),
            "random": torch.get_rng_state(),
            "history": self.history,
            "best_weights": self.best_weights,
        }

    def resume(self, state: dict) -> None:
        for name in self.STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        self.history, self.best_weights = state["history"], state["best_weights"]


def _save_whole(state: dict, file: Path) -> None:
    """Write in one step: who is stopped on the way leaves the old file, or none."""
    partial = file.with_name(f"{file.name}.partial")
    torch.save(state, partial)
    os.replace(partial, file)


def evaluate(
    model: nn.Module, loss: Loss, data: tuple[Tensor, ...], batch_size: int = 64, seed: int = 0
) -> float:
    """Mean loss over clips in evaluation mode, with the random numbers of `seed`. For `data` see
    `fit`.

    Examples
    --------
    >>> def loss(model, x, generator):
    ...     return (model(x) - x).square().mean()
    >>> evaluate(nn.Identity(), loss, (torch.randn(8, 3),))
    0.0
    """
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    total = 0.0
    with torch.no_grad():
        for positions in torch.arange(len(data[0])).split(batch_size):
            batch = (tensor[positions] for tensor in data)
            total += loss(model, *batch, generator=generator).item() * len(positions)
    return total / len(data[0])


def _refuse_infinite(name: str, loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise ValueError(
            f"the {name} is {loss} in epoch {epoch}; lower the learning rate, or look at the data"
        )


def _epochs_since_best(history: list[dict]) -> int:
    return next((age for age, row in enumerate(reversed(history)) if row["best"]), 0)
