from __future__ import annotations

import pytest
import torch

from tinymorph.engine.hooks import stream_of


def test_tensor_of_another_shape_than_the_signature_says_fails_in_tests():
    assert stream_of(torch.zeros(1, 2, 3)).shape == (1, 2, 3)
    with pytest.raises(Exception, match="stream_of"):
        stream_of(torch.zeros(2, 3))
