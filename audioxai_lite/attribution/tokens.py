"""How the tokens of a transformer lie in time and frequency. Taught in notebook 14."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class TokenGrid:
    """The patches that tokens stand for.

    Attributes
    ----------
    bands, frames : int
        How many patches there are along frequency and time; `bands` is 1 for tokens of frames.
    extra : int, default 0
        How many tokens come first that stand for no patch: one for the class, one for distillation.
    bands_first : bool, default True
        Whether the token after a patch of one band is of the next frame, as in AST; False where it
        is of the next band.

    Examples
    --------
    >>> import torch
    >>> tokens = torch.arange(7.0)[None, :, None]  # a class token, then two bands of three frames
    >>> TokenGrid(bands=2, frames=3, extra=1).lay_out(tokens)[0, 0].tolist()
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    """

    bands: int
    frames: int
    extra: int = 0
    bands_first: bool = True

    def lay_out(self, tokens: Tensor) -> Tensor:
        """Tokens, (batch, tokens, channels), as (batch, channels, bands, frames).

        Raises
        ------
        ValueError
            If there are not as many.
        """
        wanted = self.extra + self.bands * self.frames
        if tokens.ndim != 3 or tokens.shape[1] != wanted:
            raise ValueError(
                f"a grid of {self.bands} × {self.frames} patches and {self.extra} extra tokens has "
                f"the shape (batch, {wanted}, channels), not {tuple(tokens.shape)}"
            )
        patches = tokens[:, self.extra :].transpose(1, 2)
        if self.bands_first:
            return patches.unflatten(2, (self.bands, self.frames))
        return patches.unflatten(2, (self.frames, self.bands)).transpose(2, 3)


def ast_token_grid(config: Any) -> TokenGrid:
    """The grid of an Audio Spectrogram Transformer, from its configuration.

    Parameters
    ----------
    config : transformers.ASTConfig

    Source: Gong et al. 2021 (2104.01778), section 2.1: patches that overlap, a class token and one
    for distillation. Notebook: 14.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> ast_token_grid(SimpleNamespace(num_mel_bins=128, max_length=1024, patch_size=16,
    ...     frequency_stride=10, time_stride=10))
    TokenGrid(bands=12, frames=101, extra=2, bands_first=True)
    """
    bands = (config.num_mel_bins - config.patch_size) // config.frequency_stride + 1
    frames = (config.max_length - config.patch_size) // config.time_stride + 1
    return TokenGrid(bands, frames, extra=2)
