"""An attack leaves the processor as it found it."""

import pytest
import torch

from audioxai_lite.attribution.manipulation import without_denormals


def are_flushed():
    return bool(torch.tensor(1e-38) / 10 == 0)


@pytest.mark.parametrize("before", [False, True])
def test_the_processor_s_state_comes_back_even_after_an_error(before):
    torch.set_flush_denormal(before)
    try:
        with pytest.raises(KeyError), without_denormals():
            assert are_flushed()
            raise KeyError
        assert are_flushed() is before
    finally:
        torch.set_flush_denormal(False)
