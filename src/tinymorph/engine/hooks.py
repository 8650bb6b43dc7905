"""Hook points of a transformers decoder, and reading the residual stream there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from tinymorph.errors import HookPointError
from tinymorph.schema.feature import HookPoint

Captured = dict[HookPoint, Float[Tensor, "batch pos d_model"]]


def decoder_layers(model: nn.Module) -> nn.ModuleList:
    """Return the decoder layers of a transformers causal LM, first to last."""
    decoder: Any = model.get_decoder()  # pyright: ignore[reportCallIssue] -- nn.Module is too wide
    return decoder.layers if hasattr(decoder, "layers") else decoder.h


def d_model_of(model: Any) -> int:
    """Return the width of the residual stream."""
    return int(model.config.get_text_config().hidden_size)


def n_ctx_of(model: Any) -> int:
    """Return how many positions the model can attend to."""
    return int(model.config.get_text_config().max_position_embeddings)


def layer_before(hook_point: HookPoint) -> int:
    """Return the layer whose output is this hook point: `resid_pre[L]` is `resid_post[L-1]`."""
    return hook_point.layer if hook_point.site == "resid_post" else hook_point.layer - 1


def layer_at(model: nn.Module, hook_point: HookPoint) -> nn.Module:
    """Return the module whose output is the hook point; HookPointError if there is none."""
    layers = decoder_layers(model)
    index = layer_before(hook_point)
    if not 0 <= index < len(layers):
        raise HookPointError(
            f"The model has no hook point {hook_point}.",
            hint=f"It has blocks.0.hook_resid_post to blocks.{len(layers) - 1}.hook_resid_post.",
        )
    return layers[index]


def stream_of(output: Any) -> Float[Tensor, "batch pos d_model"]:
    """Return the residual stream from a layer's output, bare or first of a tuple."""
    return output[0] if isinstance(output, tuple) else output


@contextmanager
def captured(model: nn.Module, hook_points: Iterable[HookPoint]) -> Iterator[Captured]:
    """Collect the residual stream of the forward passes made inside the `with` block.

    The values are those of the last pass. The hooks are gone after the block, however it ends.
    """
    streams: Captured = {}
    with ExitStack() as stack:
        for hook_point in hook_points:
            layer = layer_at(model, hook_point)
            handle = layer.register_forward_hook(_keeper(streams, hook_point))
            stack.callback(handle.remove)
        yield streams


def _keeper(streams: Captured, hook_point: HookPoint) -> Any:
    def keep(_module: nn.Module, _args: object, output: Any) -> None:
        streams[hook_point] = stream_of(output)

    return keep
