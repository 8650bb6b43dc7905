"""Hook points of a transformers decoder, and reading the residual stream there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn, ones

from tinymorph.engine.backends.base import Depth, ModelShape, checked_depth
from tinymorph.schema.feature import HookPoint

_USUAL_CONTEXT = 2048
"""Of models whose files say nothing of it."""
Captured = dict[HookPoint, Float[Tensor, "batch pos d_model"]]


def decoder_layers(model: nn.Module) -> nn.ModuleList:
    """Return the decoder layers of a transformers causal LM, first to last."""
    decoder: Any = model.get_decoder()  # pyright: ignore[reportCallIssue] -- nn.Module is too wide
    return decoder.layers if hasattr(decoder, "layers") else decoder.h


def shape_of(model: Any) -> ModelShape:
    """Return the sizes of a transformers causal LM, and the tokens that begin and end a text."""
    config = model.config.get_text_config()
    eos = model.generation_config.eos_token_id
    eos = getattr(config, "eos_token_id", None) if eos is None else eos
    return ModelShape(
        n_layers=len(decoder_layers(model)),
        d_model=int(config.hidden_size),
        d_vocab=int(model.get_output_embeddings().weight.shape[0]),
        n_ctx=_n_ctx(config),
        n_parameters=sum(weight.numel() for weight in model.parameters()),
        bos_id=getattr(config, "bos_token_id", None),
        eos_ids=frozenset(eos if isinstance(eos, list) else [] if eos is None else [eos]),
    )


def _n_ctx(config: Any) -> int:
    """Return how long a text may be; models without positions say how long theirs were."""
    names = ("max_position_embeddings", "seq_length", "max_seq_len")
    found = [int(value) for name in names if (value := getattr(config, name, None))]
    return found[0] if found else _USUAL_CONTEXT


def final_norm_scale(model: Any) -> Float[Tensor, " d_model"]:
    """Return what the final norm multiplies each number of the stream by."""
    decoder = model.get_decoder()
    for name in ("norm", "ln_f", "final_layer_norm"):
        norm = getattr(decoder, name, None)
        if norm is not None:
            offset = 1.0 if "Gemma" in type(norm).__name__ else 0.0
            return norm.weight.float() + offset
    return ones(int(model.config.get_text_config().hidden_size))


def stream_of(output: Any) -> Float[Tensor, "batch pos d_model"]:
    """Return the residual stream from a layer's output, bare or first of a tuple."""
    return output[0] if isinstance(output, tuple) else output


@contextmanager
def watched(
    model: nn.Module,
    depth: Depth,
    look: Callable[[Float[Tensor, "batch pos d_model"]], Tensor | None],
) -> Iterator[None]:
    """Call `look` with the stream at `depth` in the passes made inside the `with` block.

    What it returns goes on in its place, unless that is None. The hook is gone after the block,
    however it ends.
    """
    layers = decoder_layers(model)
    if depth == 0:
        handle = layers[0].register_forward_pre_hook(_before(look), with_kwargs=True)
    else:
        handle = layers[depth - 1].register_forward_hook(_after(look))
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def captured(model: nn.Module, hook_points: Iterable[HookPoint]) -> Iterator[Captured]:
    """Collect the residual stream of the forward passes made inside the `with` block.

    The values are those of the last pass.
    """
    streams: Captured = {}
    with ExitStack() as stack:
        for hook_point in hook_points:
            depth = checked_depth(hook_point, shape_of(model))
            stack.enter_context(watched(model, depth, _keeper(streams, hook_point)))
        yield streams


def _keeper(streams: Captured, hook_point: HookPoint) -> Callable[[Tensor], None]:
    def keep(stream: Tensor) -> None:
        streams[hook_point] = stream

    return keep


def _before(look: Callable[[Tensor], Tensor | None]) -> Any:
    def hook(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not args:
            changed = look(kwargs["hidden_states"])
            return None if changed is None else (args, {**kwargs, "hidden_states": changed})
        changed = look(args[0])
        return None if changed is None else ((changed, *args[1:]), kwargs)

    return hook


def _after(look: Callable[[Tensor], Tensor | None]) -> Any:
    def hook(_module: nn.Module, _args: object, output: Any) -> Any:
        changed = look(stream_of(output))
        if changed is None:
            return None
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    return hook
