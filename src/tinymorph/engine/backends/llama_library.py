"""llama.cpp as the installed llama-cpp-python brings it; what does not match is refused by name.

The binding is imported when a GGUF is first loaded, not before. Only its low-level module is used:
the functions, structures and constants of `llama.h` and `ggml.h`.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import logging
import os
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinymorph.errors import UnableError
from tinymorph.schema.events import DeviceChoice

_log = logging.getLogger(__name__)

_FUNCTIONS = (
    "llama_backend_init",
    "llama_log_set",
    "llama_log_callback",
    "llama_model_default_params",
    "llama_model_load_from_file",
    "llama_model_free",
    "llama_model_n_layer",
    "llama_model_n_embd",
    "llama_model_n_ctx_train",
    "llama_model_n_params",
    "llama_model_meta_val_str",
    "llama_model_desc",
    "llama_supports_gpu_offload",
    "llama_model_get_vocab",
    "llama_vocab_n_tokens",
    "llama_vocab_is_eog",
    "llama_context_default_params",
    "llama_init_from_model",
    "llama_free",
    "llama_n_ctx",
    "llama_n_batch",
    "llama_n_ubatch",
    "llama_n_seq_max",
    "llama_get_memory",
    "llama_memory_seq_cp",
    "llama_memory_seq_rm",
    "llama_state_get_size",
    "llama_state_get_data",
    "llama_state_set_data",
    "llama_state_seq_get_size",
    "llama_state_seq_get_data",
    "llama_state_seq_set_data",
    "llama_decode",
    "llama_get_logits",
    "ggml_backend_sched_eval_callback",
)
_FIELDS = {
    "llama_model_params": ("n_gpu_layers", "check_tensors"),
    "llama_context_params": (
        "n_ctx",
        "n_batch",
        "n_ubatch",
        "n_seq_max",
        "n_threads",
        "n_threads_batch",
        "flash_attn_type",
        "cb_eval",
        "type_k",
        "type_v",
        "offload_kqv",
        "op_offload",
        "no_perf",
        "swa_full",
        "kv_unified",
    ),
    "llama_batch": ("n_tokens", "token", "pos", "n_seq_id", "seq_id", "logits"),
}
_DEFAULTS = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "pooling_type": -1,
    "attention_type": -1,
    "type_k": 1,
    "type_v": 1,
    "offload_kqv": True,
    "op_offload": True,
    "swa_full": True,
    "kv_unified": False,
}
"""What `llama.h` says; fields before, between and after those that we set. A structure laid out
otherwise than the binding thinks would show here."""
_WARNING, _ERROR = 3, 4
"""Levels of llama.cpp's log."""
_ALL_LAYERS = 9999


@dataclass(frozen=True, slots=True, eq=False)
class LlamaLibrary:
    """The functions of llama.cpp, and those of ggml that look into a node of a graph."""

    api: Any
    """The binding's module, with all of `llama.h`."""
    name_of: Any
    data_of: Any
    n_bytes_of: Any
    is_contiguous: Any
    copy_out: Any
    copy_in: Any
    complaints: deque[str]
    """The last warnings and errors of its log."""
    _log_callback: Any
    """Held, because llama.cpp calls it as long as the process lives."""


@functools.cache
def load_library() -> LlamaLibrary:
    """Import llama.cpp; UnableError if it is missing or not as it should be."""
    try:
        api = importlib.import_module("llama_cpp.llama_cpp")  # an extra, and half a second
    except ImportError as error:
        raise UnableError(
            "GGUF models need llama.cpp, which is not installed.",
            hint='Install it with: pip install "tinymorph[gguf]"',
            detail=str(error),
        ) from error
    except (OSError, RuntimeError) as error:
        raise UnableError("llama.cpp cannot be loaded.", detail=str(error)) from error
    check_binding(api)
    _close_null_devices()
    complaints: deque[str] = deque(maxlen=20)
    callback = api.llama_log_callback(functools.partial(_take_note, complaints))
    api.llama_log_set(callback, ctypes.c_void_p(0))
    api.llama_backend_init()
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    base = _ggml_base(Path(str(api.__file__)).parent)
    return LlamaLibrary(
        api=api,
        name_of=_function(base, "ggml_get_name", ctypes.c_char_p, pointer),
        data_of=_function(base, "ggml_get_data", pointer, pointer),
        n_bytes_of=_function(base, "ggml_nbytes", size, pointer),
        is_contiguous=_function(base, "ggml_is_contiguous", ctypes.c_bool, pointer),
        copy_out=_function(base, "ggml_backend_tensor_get", None, pointer, pointer, size, size),
        copy_in=_function(base, "ggml_backend_tensor_set", None, pointer, pointer, size, size),
        complaints=complaints,
        _log_callback=callback,
    )


def gpu_layers_for(device: DeviceChoice) -> int:
    """Return how many layers to put on a GPU; UnableError if one is asked for and cannot be used.

    `auto` takes one if llama.cpp was built for it.
    """
    if device == "cpu":
        return 0
    if load_library().api.llama_supports_gpu_offload():
        return _ALL_LAYERS
    if device == "auto":
        return 0
    raise UnableError(
        "llama.cpp was built without support for a GPU.",
        hint='Set engine.device to "auto" or "cpu", or build llama-cpp-python for your GPU.',
    )


def check_binding(api: Any) -> None:
    """Raise UnableError if a function or field that we use is missing or stands elsewhere."""
    missing = [name for name in _FUNCTIONS if not hasattr(api, name)]
    for structure, fields in _FIELDS.items():
        known = {name for name, *_ in getattr(getattr(api, structure, None), "_fields_", ())}
        missing += [f"{structure}.{name}" for name in fields if name not in known]
    if missing:
        raise _mismatch(f"it lacks {missing[0]}")
    params = api.llama_context_default_params()
    for name, expected in _DEFAULTS.items():
        if getattr(params, name, None) != expected:
            raise _mismatch(f"llama_context_params.{name} is not {expected} by default")


def _close_null_devices() -> None:
    """Close what the binding opens for its high-level part, which is not used here."""
    tools = sys.modules.get("llama_cpp._utils")
    for name in ("outnull_file", "errnull_file"):
        file = getattr(tools, name, None)
        if file is not None:
            file.close()


def _mismatch(what: str) -> UnableError:
    return UnableError(
        f"The installed llama.cpp is not one that tinymorph knows: {what}.",
        hint='Install the one it was tested with: pip install "tinymorph[gguf]"',
    )


def _ggml_base(package: Path) -> ctypes.CDLL:
    """Open the library that holds ggml's own functions; it lies beside that of llama.cpp."""
    folder = Path(os.environ.get("LLAMA_CPP_LIB_PATH") or package / "lib")
    for name in ("libggml-base.so", "libggml-base.dylib", "ggml-base.dll", "libggml-base.dll"):
        if (folder / name).exists():
            return ctypes.CDLL(str(folder / name))
    raise _mismatch("it lacks the library ggml-base")


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    try:
        function = getattr(library, name)
    except AttributeError:
        raise _mismatch(f"it lacks {name}") from None
    function.restype, function.argtypes = result, arguments
    return function


def _take_note(complaints: deque[str], level: int, text: bytes, _data: object) -> None:
    """Pass llama.cpp's log on to ours, and keep what it complains of."""
    line = text.decode("utf-8", "replace").strip()
    if not line:
        return
    if level in {_WARNING, _ERROR}:
        complaints.append(line)
    _log.log(logging.INFO if level in {_WARNING, _ERROR} else logging.DEBUG, "%s", line)
