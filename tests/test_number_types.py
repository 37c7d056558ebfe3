"""Numbers of every type: each public function gives the answer that it gives for float32 tensors,
or says in a sentence what to pass; what it is given it leaves as it was.
"""

import dataclasses
import itertools
import traceback
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import public_calls
import pytest
import torch
from public_calls import CALLS
from support import ROOT

PACKAGE = str(ROOT / "audioxai_lite")


def is_array(value: Any) -> bool:
    return isinstance(value, torch.Tensor) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    )


def is_whole(value: Any) -> bool:
    """Whether an array holds ones and zeros or whole numbers that name something."""
    array = np.asarray(value)
    return array.dtype.kind in "biu" or bool(((array == 0) | (array == 1)).all())


def replaced(value: Any, change: Callable) -> Any:
    """A value with its arrays changed, those inside of dicts, lists and tuples, too."""
    if is_array(value):
        return change(value)
    if isinstance(value, dict):
        return {name: replaced(each, change) for name, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(replaced(each, change) for each in value)
    return value


def flat(value: Any) -> list[np.ndarray]:
    """All numbers of a result, one after the other."""
    if isinstance(value, torch.Tensor):
        return [value.detach().float().numpy() if value.is_floating_point() else value.numpy()]
    if isinstance(value, pd.DataFrame | pd.Series):
        frame = value.to_frame() if value.ndim == 1 else value
        return [frame.select_dtypes("number").to_numpy(float)]
    if isinstance(value, np.ndarray | int | float | np.number | bool | np.bool_):
        return [np.asarray(value)]
    if isinstance(value, Mapping):
        return [each for item in value.values() for each in flat(item)]
    if isinstance(value, list | tuple):
        return [each for item in value for each in flat(item)]
    if dataclasses.is_dataclass(value):
        return flat(list(vars(value).values()))
    return []


def same(ours: Any, theirs: Any) -> bool:
    pairs = list(zip(flat(ours), flat(theirs), strict=True))
    return all(
        a.shape == b.shape
        and (
            list(a.ravel()) == list(b.ravel())
            if a.dtype.kind in "OU"
            else np.allclose(a, b, rtol=2e-3, atol=2e-4, equal_nan=True)
        )
        for a, b in pairs
    )


def refusal(error: Exception) -> str | None:
    """What our own code says, if it is our own sentence."""
    ours = traceback.extract_tb(error.__traceback__)[-1].filename.startswith(PACKAGE)
    return str(error) if ours and isinstance(error, ValueError) else None


def _tensor(array: Any) -> torch.Tensor:
    return torch.as_tensor(array)


def _numpy(array: Any) -> np.ndarray:
    return np.array(array)


def _awkward(array: Any) -> np.ndarray:
    """The same numbers read-only, at every second place, from the last to the first."""
    array = _numpy(array)
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::-2] = array
    wide.flags.writeable = False
    return wide[..., ::-2]


def _turned(array: Any) -> torch.Tensor:
    tensor = _tensor(array)
    return tensor.transpose(0, -1).contiguous().transpose(0, -1)


def _inference(array: Any) -> torch.Tensor:
    with torch.inference_mode():
        return _tensor(array).clone()


FLOATS: dict[str, Callable] = {
    "float64": lambda a: _tensor(a).double(),
    "float16": lambda a: _tensor(a).half(),
    "bfloat16": lambda a: _tensor(a).bfloat16(),
    "big-endian": lambda a: _numpy(a).astype(">f8"),
    "long double": lambda a: _numpy(a).astype(np.longdouble),
    "with gradients": lambda a: _tensor(a).float().clone().requires_grad_(),
}
WHOLE: dict[str, Callable] = {
    "bool": lambda a: _tensor(a).bool() if np.isin(_numpy(a), (0, 1)).all() else a,
    **{
        str(kind).removeprefix("torch."): lambda a, kind=kind: _tensor(a).to(kind)
        for kind in (torch.uint8, torch.int8, torch.int64)
    },
    "NumPy uint16": lambda a: _numpy(a).astype(np.uint16),
    "big-endian whole": lambda a: _numpy(a).astype(">i4"),
    "whole float": lambda a: _tensor(a).float(),
}
LAYOUTS: dict[str, Callable] = {
    "list": lambda a: _numpy(a).tolist(),
    "awkward": _awkward,
    "turned": _turned,
    "inference": _inference,
}
ALONE = {"float64"}  # kinds that each value comes in alone, too


def cases(name: str) -> list[tuple[str, dict[str, Any]]]:
    """What is called instead of the small valid call: all values of a kind, and one at a time."""
    values = {key: value for key, value in CALLS[name].values.items() if arrays_of(value)}
    found = []
    for kinds, chosen in (
        (FLOATS, lambda value: not is_whole(value)),
        (WHOLE, is_whole),
        (LAYOUTS, lambda value: True),
    ):
        for kind, change in kinds.items():

            def changed(array, change=change, chosen=chosen):
                return change(array) if chosen(array) else array

            fitting = {
                key: replaced(value, changed)
                for key, value in values.items()
                if any(map(chosen, arrays_of(value)))
            }
            if fitting:
                found.append((kind, fitting))
            if len(fitting) > 1 and kind in ALONE:
                found += [(f"{kind} {key}", {key: value}) for key, value in fitting.items()]
    return found


def arrays_of(value: Any) -> list:
    seen: list = []
    replaced(value, seen.append)
    return seen


def _copied(others: dict[str, Any]) -> list[np.ndarray]:
    detached = (
        array.detach().double() if isinstance(array, torch.Tensor) else array
        for array in arrays_of(others)
    )
    return [np.array(array, dtype=float) for array in detached]


def tensors_of(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    inner = vars(value) if dataclasses.is_dataclass(value) else value
    parts = inner.values() if isinstance(inner, Mapping) else inner
    if isinstance(parts, list | tuple) or isinstance(inner, Mapping):
        return [tensor for each in parts for tensor in tensors_of(each)]
    return []


def outcome(call: Any, others: dict[str, Any], expected: Any, gradients: bool = True) -> str:
    """What is wrong with the answer, nothing where it is right or refused by our own sentence;
    gradients in it are wrong unless they may pass.
    """
    before, wrong = _copied(others), ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = call(**others)
        wrong = "" if same(found, expected) else "another answer"
        if not gradients and any(tensor.requires_grad for tensor in tensors_of(found)):
            wrong += " gradients leak"
    except Exception as error:
        said = refusal(error)
        if said is None or "numbers in a tensor or an array" in said:
            wrong = f"{type(error).__name__}: {error}"[:150]
    if not all(map(np.array_equal, before, _copied(others))):
        wrong += " the caller's numbers are changed"
    return wrong


GRADIENTS_PASS = (
    *("sound.", "models.calling.", "published.lmac.parts", "published.lmac.loss"),
    *("published.manipulated.loss", "published.posthoc_audio.mix", "masks.cells.spread"),
    *("attribution.cam.layer_output", "attribution.cam.laid_out", "attribution.mask_losses."),
    *("attribution.manipulation.scaled", "detection.compact.DistanceModel"),
    *("detection.scores.frame_errors", "detection.scores.mean_score"),
    *("detection.scores.percentile_score", "detection.scores.unmasked_errors"),
    *("counterfactuals.measures.fine_variance", "counterfactuals.scores.worst_cells_score"),
    *("counterfactuals.scores.peak_score", "counterfactuals.sound.to_sound"),
)
WITH_NUMBERS = [name for name in CALLS if cases(name)]


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_numbers_of_any_type_give_one_answer(name):
    """The caller's numbers stay as they were, and gradients pass where that is documented."""
    call, pass_on = CALLS[name], name.startswith(GRADIENTS_PASS)
    expected = call()
    found = {kind: outcome(call, others, expected, pass_on) for kind, others in cases(name)}
    assert not {kind: wrong for kind, wrong in found.items() if wrong}


def test_every_public_function_is_walked_over_or_takes_no_numbers():
    names = public_calls.listed()
    assert set(names) == CALLS.keys() | public_calls.WITHOUT_NUMBERS.keys()
    assert len(names) == len(set(names)) and not CALLS.keys() & public_calls.WITHOUT_NUMBERS.keys()


NAN_STAYS = {
    **dict.fromkeys(
        ("sound.audio.as_waveform", "sound.audio.resample", "sound.audio.pad_or_crop"),
        "sound as it is: `audio.check` refuses",
    ),
    **dict.fromkeys(
        ("sound.levels.check_length", "attribution.batches.as_clips"), "the shape alone is asked"
    ),
    **dict.fromkeys(
        ("attribution.batches.as_one_clip", "attribution.segments.as_segments"),
        "the shape alone is asked",
    ),
    **dict.fromkeys(
        ("models.calling.as_input", "attribution.cam.laid_out", "masks.cells.spread"),
        "numbers are moved, nothing is computed",
    ),
    **dict.fromkeys(("sound.fills.mean_level", "sound.fills.background_level"), "gains: unused"),
    **dict.fromkeys(
        ("drawn_means", "interval", "mean_interval", "clear_side", "with_intervals"),
        "documented: missing, and left out",
    ),
    "differs_from_zero": "documented: missing, and never a star",
    **dict.fromkeys(
        ("figures.spectrogram", "figures.spectrograms"), "documented: stays white in a picture"
    ),
    "score_histogram": "labels: of neither kind",
}


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_nan_and_infinity_are_refused_unless_they_mean_what_is_missing(name):
    def spoilt(array, bad):
        copy = np.array(_tensor(array).detach(), dtype=float)
        copy.reshape(-1)[copy.size // 2] = bad
        return torch.from_numpy(copy).float() if isinstance(array, torch.Tensor) else copy

    if any(name.endswith(documented) for documented in NAN_STAYS):
        return
    for bad, (key, value) in itertools.product((np.nan, np.inf), CALLS[name].values.items()):
        if arrays_of(value):
            with pytest.raises(ValueError) as told:
                CALLS[name](**{key: replaced(value, partial(spoilt, bad=bad))})
            assert refusal(told.value), f"{key}: {told.value}"


def settings_of(value: Any, change: Callable) -> Any:
    """Whole and broken numbers that a call is given as settings, of another type."""
    if isinstance(value, bool) or is_array(value):
        return value
    if isinstance(value, int | float):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(settings_of(each, change) for each in value)
    return value


NUMBERS: dict[str, Callable] = {
    "NumPy": lambda n: np.int64(n) if isinstance(n, int) else np.float32(n),
    "array": lambda n: np.array(n),
    "tensor": lambda n: torch.tensor(n),
}


def with_settings(name: str, change: Callable) -> dict[str, Any]:
    values = CALLS[name].values
    others = {key: settings_of(value, change) for key, value in values.items()}
    return {
        key: each
        for key, each in others.items()
        if each is not values[key] and not arrays_of(values[key]) and type(each) is not str
    }


WITH_SETTINGS = [name for name in CALLS if with_settings(name, np.array)]


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_settings_may_be_numbers_of_any_type(name):
    expected = CALLS[name]()
    for kind, change in NUMBERS.items():
        assert not outcome(CALLS[name], with_settings(name, change), expected), kind
