"""The door: a network or any function that answers to sound, and what must be known to explain it.

Three kinds of model are explained on a grid of time and frequency: a network on spectrograms on its
front end's grid; a network on waveforms, and any function from waveforms to scores, on gains: all
ones are the recording, zero is silence. Taught in notebook 14.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from .answers import LINKS, REDUCTIONS, Answer, meaning
from .attribution.tokens import TokenGrid
from .inputs import as_classes, as_floats
from .models import evaluating
from .models.calling import Called, unpack
from .recording import Recording
from .sound.audio import as_waveform


class AudioModel(nn.Module):
    """A model of sound with its front end, the meaning of its output, and where its axes lie.

    Parameters
    ----------
    network : nn.Module, or callable
        A module on spectrograms (with `front_end`), a module on waveforms (batch, samples), or any
        function of waveforms (with `sample_rate`). It is used as it is and left as it was.
    front_end : PowerStft, LogStft, LogMel or Standardised, optional
        What turns a waveform into the network's input, (batch, 1, frequency, time).
    sample_rate : int, optional
        In hertz, for a model on waveforms; a front end knows its own.
    classes : sequence of str, optional
        Names of the outputs.
    output : str, int or callable, optional
        Which part of a dict, tuple or dataclass is the answer: a key, a position, a field, or a
        function of the result.
    answer : "logits", "multi-label logits", "probabilities" or "score", optional
        What the outputs mean. By default it is found with the first recording and said by
        `explain`: one number a clip is a score, rows from 0 to 1 that sum to 1 are probabilities,
        and numbers beyond are logits.
    reduce : "mean", "max" or callable, optional
        For outputs of frames, (batch, classes, frames): how to make one number a class of them.
    prepare : callable, optional
        From the front end's values, or waveforms, to what the network takes: other axes, three
        channels, another unit.
    reset : callable, optional
        For a network that remembers: called before every call.
    layer : nn.Module, optional
        For Grad-CAM: the layer to ask.
    time_axis : 1, 2 or 3, optional
        For Grad-CAM: the axis of the layer's output along which time lies.
    tokens : TokenGrid, optional
        For a transformer on patches, instead of `time_axis`: how its tokens lie.
    attention : sequence of nn.Module, optional
        For attention rollout: the modules that return attention, from the first to the last.
    silence : float or Tensor, optional
        What stands for "nothing" in the front end's unit; by default its floor.
    background : Tensor, shape (clips, samples), optional
        For Deep SHAP and GradientSHAP: recordings that stand for "the usual".
    grid : PowerStft, LogMel or SampleGrid, optional
        For a model on waveforms: the grid of the gains; by default a Fourier transform of 1024
        samples every 256.
    fill : callable, optional
        For a model on waveforms: what is heard where gains are zero, see `sound.fills`; by default
        silence.
    numpy : bool, default False
        A function wants NumPy arrays instead of tensors.

    Raises
    ------
    ValueError
        If neither a front end nor a sample rate is given, or an argument has no such value.

    Notebook: 14.

    Examples
    --------
    >>> def loudness(waveforms):
    ...     return waveforms.square().mean(dim=1)
    >>> model = AudioModel(loudness, sample_rate=16_000)
    >>> model.outputs(torch.full((1, 8_000), 0.5)).tolist()
    [0.25]
    """

    def __init__(
        self,
        network: Callable,
        front_end: Any = None,
        sample_rate: int | None = None,
        classes: Sequence[str] | None = None,
        output: str | int | Callable[[Any], Tensor] | None = None,
        answer: Answer | None = None,
        reduce: Literal["mean", "max"] | Callable[[Tensor], Tensor] | None = None,
        prepare: Callable[[Tensor], Tensor] | None = None,
        reset: Callable[[], Any] | None = None,
        layer: nn.Module | None = None,
        time_axis: int | None = None,
        tokens: TokenGrid | None = None,
        attention: Sequence[nn.Module] = (),
        silence: float | Tensor | None = None,
        background: Tensor | None = None,
        grid: Any = None,
        fill: Callable[[Tensor, Tensor], Tensor] | None = None,
        numpy: bool = False,
    ):
        super().__init__()
        if (front_end is None) == (sample_rate is None):
            raise ValueError(
                "name the front end of a network on spectrograms, front_end=LogMel(16_000) say, "
                "or the sample_rate of a model on waveforms: one of the two"
            )
        if answer is not None and answer not in get_args(Answer):
            raise ValueError(f"answer is one of {', '.join(get_args(Answer))}, not {answer!r}")
        if reduce is not None and not callable(reduce) and reduce not in REDUCTIONS:
            raise ValueError(f"reduce is {' or '.join(REDUCTIONS)} or a function, not {reduce!r}")
        self.front_end = front_end
        self.sample_rate: int = sample_rate or self.front_end.sample_rate
        self.classes = None if classes is None else tuple(classes)
        self.answer, self.declared = answer, answer is not None
        self.time_axis, self.tokens, self.grid, self.fill = time_axis, tokens, grid, fill
        self.silence, self.background = silence, background
        # In tuples: a part of the network that were also a part of this would get hooks twice.
        self._layer, self.attention = (layer,), tuple(attention)
        self.failed: dict[str, str] = {}
        self.detail: float | None = None
        self.has_gradients = isinstance(network, nn.Module)
        module = network if isinstance(network, nn.Module) else _Function(network, numpy)
        self.called = Called(module, _reader(output, reduce), prepare, reset)

    @property
    def network(self) -> nn.Module:
        """The network as it was handed in; it is a part of `called`, once."""
        return self.called.model

    @property
    def layer(self) -> Any:
        """The layer that Grad-CAM asks, or None."""
        return self._layer[0]

    def forward(self, inputs: Tensor) -> Tensor:
        """Values of the front end, or waveforms, to outputs: (batch,) or (batch, classes)."""
        return self.called(inputs)

    def outputs(self, inputs: Tensor, batch_size: int = 16) -> Tensor:
        """The outputs for any number of inputs, in evaluation mode and without gradients."""
        inputs = as_floats(inputs, "inputs")
        with evaluating(self.called):
            return torch.cat([self.called(part) for part in inputs.split(batch_size)])

    def probabilities(self, inputs: Tensor, batch_size: int = 16) -> Tensor:
        """The probabilities of the classes, (batch, classes); ValueError for a model that gives a
        score.
        """
        return self.link(self.outputs(inputs, batch_size))

    def link(self, outputs: Tensor) -> Tensor:
        """Outputs as probabilities, whatever the network gives: nothing passes through softmax
        twice.
        """
        answer = self.answer or meaning(outputs)
        if answer == "score":
            raise ValueError("this model gives a score, which has no probability")
        return LINKS[answer](outputs)

    def class_of(self, target: Any, outputs: Tensor) -> int | None:
        """The class to explain: by name or number, or the predicted one; None for a score."""
        if outputs.ndim == 1:
            return target  # a class of a score is refused by every method
        if target is None:
            return int(outputs[0].argmax())
        if isinstance(target, str):
            names = self.classes or ()
            if target not in names:
                named = ", ".join(names) or "no names"
                raise ValueError(f"there is no class {target!r}; there are {named}")
            return names.index(target)
        return int(as_classes(target, 1, outputs.shape[1])[0])

    def check(self, waveform: Any, detail: float | None = None) -> Any:
        """What works with this model, what does not, and the remedy: `model_doctor.check_model`.

        Print it. `explain` refuses the methods that failed.
        """
        from .model_doctor import check_model  # it asks every method, which are built on this file

        return check_model(self, waveform, detail)

    def hear(self, waveform: Any) -> Recording:
        """A recording as this model's explanations see it: on a grid of time and frequency.

        Parameters
        ----------
        waveform : Tensor, ndarray or list, shape (samples,) or (1, samples)
            At the model's sample rate, in [-1, 1], of any floating type.

        Raises
        ------
        ValueError
            If it is not one recording, holds NaN, or the meaning of the answer must be declared.
        """
        sound = as_floats(as_waveform(waveform), "waveform")
        sound = sound[None] if sound.ndim == 1 else sound
        if sound.ndim != 2 or len(sound) != 1:
            shape = tuple(sound.shape)
            raise ValueError(f"one recording at a time is explained, (samples,), not {shape}")
        recording = Recording(self, sound)
        outputs = recording.outputs(recording.values)
        if self.answer is None:
            self.answer = meaning(outputs)
        if self.classes is not None and (
            outputs.ndim == 1 or outputs.shape[1] != len(self.classes)
        ):
            shape = tuple(outputs.shape)
            raise ValueError(f"{len(self.classes)} classes are named for outputs of shape {shape}")
        return recording


class _Function(nn.Module):
    """Any function of waveforms as a module without weights."""

    def __init__(self, function: Callable, numpy: bool):
        super().__init__()
        self.function, self.numpy = function, numpy

    def forward(self, waveforms: Tensor) -> Any:
        waveforms = waveforms.detach()
        return self.function(waveforms.numpy() if self.numpy else waveforms)


def _reader(output: Any, reduce: Any) -> Any:
    """`output`, followed by the reduction of frames where there is one."""
    if reduce is None:
        return output
    reduction = REDUCTIONS[reduce] if isinstance(reduce, str) else reduce
    return lambda result: reduction(unpack(result, output))
