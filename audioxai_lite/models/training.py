"""One training loop for every model of the course. Taught in notebook 02."""

import copy
import math
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

Loss = Callable[..., Tensor]


def fit(
    model: nn.Module,
    loss: Loss,
    train: tuple[Tensor, ...],
    validation: tuple[Tensor, ...],
    epochs: int = 25,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    weight_decay: float = 1e-2,
    patience: int | None = None,
    gradient_norm: float | None = None,
    seed: int = 0,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train a model with AdamW under a one-cycle learning rate, and keep the weights of its best
    epoch.

    Parameters
    ----------
    model : nn.Module
        Trained in place; ends in evaluation mode with the weights of the epoch of lowest validation
        loss.
    loss : callable (model, *batch, generator) -> scalar Tensor
        `generator` is the source of all randomness in it.
    train, validation : tuple of Tensor
        Each tensor has the clips along its first axis; a batch is a slice of every one. Validation
        uses the same random numbers in every epoch, so that epochs can be compared.
    epochs : int, default 25
    batch_size : int, default 16
    learning_rate : float, default 3e-3
        The peak of the cycle.
    weight_decay : float, default 1e-2
    patience : int, optional
        Stop after this many epochs without a lower validation loss. None trains to the end.
    gradient_norm : float, optional
        Longer gradients are shortened to this. None leaves them.
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
        One row an epoch: epoch, train_loss, validation_loss, learning_rate, best (whether it was
        the best so far).

    Raises
    ------
    ValueError
        If the loss, or the validation loss, is not finite; the message says in which epoch.

    Notebook: 02.

    Examples
    --------
    >>> def loss(model, x, y, generator):
    ...     return (model(x) - y).square().mean()
    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> history = fit(nn.Linear(1, 1), loss, (x, 2 * x), (x, 2 * x), learning_rate=0.1, progress=False)
    >>> bool(history["validation_loss"].iloc[-1] < 0.01)
    True
    """
    checkpoint = Path(checkpoint) if checkpoint is not None else None
    clips = len(train[0])
    steps = -(-clips // batch_size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, total_steps=epochs * steps
    )
    generator = torch.Generator().manual_seed(seed)
    history: list[dict] = []
    best_weights = copy.deepcopy(model.state_dict())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if checkpoint is not None and checkpoint.exists():
            state = torch.load(checkpoint, weights_only=True)
            model.load_state_dict(state["model"])
            optimiser.load_state_dict(state["optimiser"])
            schedule.load_state_dict(state["schedule"])
            generator.set_state(state["generator"])
            torch.set_rng_state(state["random"])
            history, best_weights = state["history"], state["best_weights"]
        bar = tqdm(
            range(len(history), epochs),
            initial=len(history),
            total=epochs,
            unit="epoch",
            disable=not progress,
        )
        for epoch in bar:
            if patience is not None and _epochs_since_best(history) >= patience:
                break
            model.train()
            total = 0.0
            for positions in torch.randperm(clips, generator=generator).split(batch_size):
                value = loss(model, *(tensor[positions] for tensor in train), generator=generator)
                _refuse_infinite("loss", value.item(), epoch)
                optimiser.zero_grad()
                value.backward()
                if gradient_norm is not None:
                    nn.utils.clip_grad_norm_(model.parameters(), gradient_norm)
                optimiser.step()
                schedule.step()
                total += value.item() * len(positions)
            row = {
                "epoch": epoch,
                "train_loss": total / clips,
                "validation_loss": evaluate(model, loss, validation, batch_size, seed),
                "learning_rate": schedule.get_last_lr()[0],
            }
            _refuse_infinite("validation loss", row["validation_loss"], epoch)
            row["best"] = row["validation_loss"] < min(
                (past["validation_loss"] for past in history), default=float("inf")
            )
            history.append(row)
            if row["best"]:
                best_weights = copy.deepcopy(model.state_dict())
            bar.set_postfix(
                train=f"{row['train_loss']:.3f}", validation=f"{row['validation_loss']:.3f}"
            )
            if checkpoint is not None:
                state = {
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "generator": generator.get_state(),
                    "random": torch.get_rng_state(),
                    "history": history,
                    "best_weights": best_weights,
                }
                partial = checkpoint.with_name(f"{checkpoint.name}.partial")
                torch.save(state, partial)
                os.replace(partial, checkpoint)
    model.load_state_dict(best_weights)
    model.eval()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return pd.DataFrame(history)


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
            total += loss(
                model, *(tensor[positions] for tensor in data), generator=generator
            ).item() * len(positions)
    return total / len(data[0])


def _refuse_infinite(name: str, loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise ValueError(
            f"the {name} is {loss} in epoch {epoch}; lower the learning rate, or look at the data"
        )


def _epochs_since_best(history: list[dict]) -> int:
    return next((age for age, row in enumerate(reversed(history)) if row["best"]), 0)
