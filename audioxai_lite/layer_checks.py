"""What a layer sees, and whether maps lie along the right axes: checks of `model_doctor`. Taught in
notebook 14.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from .attribution.batches import undisturbed
from .attribution.cam import layer_change, layer_output
from .audio_model import AudioModel
from .check import Check
from .evaluation.axes import AxisTest, axis_test
from .methods import attribution_of
from .recording import Recording


def resolution(model: AudioModel, recording: Recording) -> Check:
    """How fine maps are: the grid, and for Grad-CAM the cells of its layer and what each hears.

    What a cell hears, its receptive field, are the columns of the grid that change it by more than
    a hundredth of the largest change.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> resolution(model, model.hear(torch.rand(8_000))).detail
    '513 × 32 bins, a column every 16 ms'
    """
    rows, columns = recording.values.shape[2:]
    step = recording.grid.hop_length / recording.grid.sample_rate
    detail = f"{rows} × {columns} bins, a column every {1_000 * step:.3g} ms"
    if model.layer is None or (model.time_axis is None and model.tokens is None):
        return Check("resolution", "ok", detail)
    with undisturbed(model.called):
        leaf = recording.values.clone().requires_grad_()
        cells = layer_output(recording, leaf, model.layer, model.time_axis, model.tokens)
        middle = cells[0, :, cells.shape[2] // 2, cells.shape[3] // 2]
        (slopes,) = torch.autograd.grad(middle.abs().sum(), leaf)
    heard = slopes.abs().amax(dim=(0, 1, 2))
    wide = heard.gt(heard.max() / 100).nonzero()[:, 0]
    seconds = float(wide[-1] - wide[0] + 1) * step if len(wide) else 0.0
    bands, frames = cells.shape[2:]
    detail += f"; Grad-CAM's layer has {bands} × {frames} cells, each hears {seconds:.2g} s"
    return Check("resolution", "ok", detail)


def recurrent_layers(model: AudioModel, recording: Recording) -> Check:
    """How many layers remember along time.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> print(recurrent_layers(model, model.hear(torch.rand(8_000))))
    ok       recurrent layers: none
    """
    layers = [module for module in model.network.modules() if isinstance(module, nn.RNNBase)]
    if not layers:
        return Check("recurrent layers", "ok", "none")
    detail = f"{len(layers)}: cudnn is left out where gradients are asked for, and eval() stays"
    return Check("recurrent layers", "ok", detail)


def memory(model: AudioModel, recording: Recording) -> Check:
    """What a gradient keeps of one clip: what must fit for every clip of a batch.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> print(memory(model, model.hear(torch.rand(8_000))))  # doctest: +ELLIPSIS
    ok       memory: a gradient keeps ... MB a clip
    """
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with undisturbed(model.called), hooks:
        recording(recording.values.clone().requires_grad_())
    if not kept:
        return Check("memory", "ok", "no gradients are kept")
    return Check("memory", "ok", f"a gradient keeps {sum(kept.values()) / 1e6:,.0f} MB a clip")


def axes_of_maps(model: AudioModel, recording: Recording, target: int | None) -> Iterator[Check]:
    """A burst moved in time and a tone moved in frequency move the map along the same axis.

    Examples
    --------
    >>> class Loudest(torch.nn.Module):
    ...     def forward(self, waveforms):
    ...         return waveforms.square().mean(dim=1)
    >>> model = AudioModel(Loudest(), sample_rate=16_000)
    >>> layer, own = axes_of_maps(model, model.hear(torch.randn(16_000)), None)
    >>> own.name, own.detail.partition(":")[0]
    ('axes of gradient × input', 'right')
    """
    methods = ["gradient × input"]
    if model.layer is not None:
        methods.append("Grad-CAM")
    else:
        detail = "no layer is declared"
        yield Check("Grad-CAM", "not with this model", detail, "layer=, time_axis=", ("Grad-CAM",))
    for method in methods:
        looks = [_map_of(model, method, target)]
        if method == "Grad-CAM":  # many of its maps are empty: what the layer itself sees is not
            looks.append(_seen_by_layer(model))
        try:
            for mapped in looks:
                found = axis_test(mapped, recording.waveform, recording.grid)
                if found.verdict != "unclear":
                    break
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield Check(f"axes of {method}", "not with this model", said, "", (method,))
            continue
        yield _said(method, found)


def _map_of(model: AudioModel, method: str, target: int | None) -> Callable[[Tensor], Tensor]:
    options = {"positive": False} if method == "Grad-CAM" else {}
    return lambda sound: attribution_of(model, model.hear(sound), method, target, **options)


def _seen_by_layer(model: AudioModel) -> Callable[[Tensor], Tensor]:
    """What a sound changes in the layer of Grad-CAM, laid out as Grad-CAM does."""

    def mapped(sound: Tensor) -> Tensor:
        recording = model.hear(sound)
        silent = recording.masked(torch.zeros_like(recording.values))
        both = torch.cat([recording.values, silent])
        return layer_change(recording, both, model.layer, model.time_axis, model.tokens)

    return mapped


def _said(method: str, found: AxisTest) -> Check:
    bursts = {axis: agreement for axis, agreement in found.time.items() if "rev" not in axis}
    along = ", ".join(f"{axis} {agreement:.2f}" for axis, agreement in bursts.items())
    if found.verdict in ("right", "unclear"):
        return Check(f"axes of {method}", "ok", f"{found.verdict}: moved bursts agree, {along}")
    remedy = "time_axis= names the other axis, or the input is turned before the network: prepare="
    detail = f"{found.verdict}: what moves in time moves elsewhere in the map ({along})"
    return Check(f"axes of {method}", "problem", detail, remedy, (method,))
