"""The peers of the decoding bench: other libraries that steer, and llama.cpp by itself."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contenders import Contender, HfContender, Job, Ticks, load_hf, prompt_of
from shapes import prompt_ids, steering_vector
from turns import MissingError

PEERS = ("bridge", "hooked-transformer", "nnsight", "interp")


def load_peer(name: str, folder: Path) -> Contender:
    """Load a peer; MissingError if it is not installed."""
    loaders = {
        "bridge": Bridge,
        "hooked-transformer": HookedTransformer,
        "nnsight": Nnsight,
        "interp": Interp,
    }
    try:
        return loaders[name](folder)
    except ModuleNotFoundError as error:
        raise MissingError(f"not installed ({error.name})") from error


class _TransformerLens:
    """What the two models of sae-lens and TransformerLens share."""

    model: Any
    hook_name: str
    """What comes out of a block."""

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate with a hook of TransformerLens."""
        ids = prompt_of(job)
        config = self.model.cfg
        vector = steering_vector(config.d_model)

        def hook(stream: torch.Tensor, hook: object) -> torch.Tensor:
            del hook
            ticks.take()
            return stream + vector if job.is_steered and stream.shape[1] == 1 else stream

        name = f"blocks.{config.n_layers // 2}.{self.hook_name}"
        with self.model.hooks(fwd_hooks=[(name, hook)]):
            found = self.model.generate(
                ids,
                max_new_tokens=job.n_new,
                do_sample=False,
                stop_at_eos=False,
                verbose=False,
                return_type="tokens",
            )
        ticks.tokens = found[:, ids.shape[1] :].tolist()


class Bridge(_TransformerLens):
    """`SAETransformerBridge` of sae-lens over the transformers model."""

    hook_name = "hook_out"

    def __init__(self, folder: Path) -> None:
        sae_lens = import_module("sae_lens")
        self.model = sae_lens.SAETransformerBridge.boot_transformers(
            str(folder),
            hf_model=load_hf(folder),
            tokenizer=_tokenizer(folder),
            device="cpu",
            dtype=torch.float32,
        )


class HookedTransformer(_TransformerLens):
    """`HookedSAETransformer` of sae-lens, with the same weights, not folded."""

    hook_name = "hook_resid_post"

    def __init__(self, folder: Path) -> None:
        sae_lens, lens = import_module("sae_lens"), import_module("transformer_lens")
        conversions = import_module("transformer_lens.pretrained.weight_conversions")
        model = load_hf(folder)
        config = model.config
        own = lens.HookedTransformerConfig(
            d_model=config.hidden_size,
            d_head=config.head_dim,
            n_heads=config.num_attention_heads,
            n_layers=config.num_hidden_layers,
            n_ctx=config.max_position_embeddings,
            d_mlp=config.intermediate_size,
            d_vocab=config.vocab_size,
            act_fn="silu",
            normalization_type="RMS",
            positional_embedding_type="rotary",
            rotary_adjacent_pairs=False,
            rotary_dim=config.head_dim,
            final_rms=True,
            gated_mlp=True,
            eps=config.rms_norm_eps,
            original_architecture="LlamaForCausalLM",
            device="cpu",
            default_prepend_bos=False,
        )
        self.model = sae_lens.HookedSAETransformer(own, tokenizer=_tokenizer(folder))
        self.model.load_and_process_state_dict(
            conversions.convert_llama_weights(model, own),
            fold_ln=False,
            center_writing_weights=False,
            center_unembed=False,
            fold_value_biases=False,
        )


class Nnsight:
    """nnsight's `generate` with an intervention in every step after the prompt."""

    def __init__(self, folder: Path) -> None:
        library = import_module("nnsight")
        self._hf = load_hf(folder)
        self._model = library.LanguageModel(self._hf, tokenizer=_tokenizer(folder))
        self._vector = steering_vector(self._hf.config.hidden_size)

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate."""
        ids, vector = prompt_of(job), self._vector
        model = self._model
        layer = self._hf.config.num_hidden_layers // 2
        block = self._hf.model.layers[layer]
        handle = block.register_forward_hook(lambda *_: ticks.take())
        arguments = {"max_new_tokens": job.n_new, "do_sample": False, "pad_token_id": 0}
        try:
            if not job.is_steered:
                with model.generate(ids, **arguments):
                    found = model.generator.output.save()
            else:
                with model.generate(ids, **arguments) as tracer:
                    for _step in tracer.iter[1 : job.n_new]:
                        model.model.layers[layer].output = model.model.layers[layer].output + vector
                    found = tracer.result.save()
        finally:
            handle.remove()
        ticks.tokens = found[:, ids.shape[1] :].tolist()


class Interp:
    """interp-engine's eager backend, which generates one row."""

    def __init__(self, folder: Path) -> None:
        self._library = import_module("interp_engine")
        self._steer = import_module("interp_engine.steer")
        self._model = self._library.load_model(
            str(folder), backend="eager", device="cpu", dtype="float32"
        )
        self._n_layers = HfContender(folder).model.config.num_hidden_layers

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate."""
        if job.rows > 1:
            raise MissingError("generates one row")
        ids = prompt_ids(job.n_prompt)
        vector = steering_vector(self._model.hf_model.config.hidden_size)
        spec = self._steer.SteerSpec(vector, self._n_layers // 2, coeff=float(job.is_steered))
        tokens: list[int] = []
        mask = list(range(len(ids)))
        with self._steer.steer(self._model, [spec], prompt_token_ids=ids, position_mask=mask):
            for step in self._steer.generate_stream(
                self._model, ids, max_tokens=job.n_new, temperature=0.0, stop_at_eos=False
            ):
                ticks.take()
                tokens.append(step.token_id)
        ticks.tokens = [tokens]


class PlainLlama:
    """llama.cpp with no callback, driven from Python through the same low-level binding."""

    def __init__(self, path: Path, threads: int) -> None:
        self._api: Any = import_module("llama_cpp.llama_cpp")
        api = self._api
        api.llama_backend_init()
        params = api.llama_model_default_params()
        params.n_gpu_layers = 0
        self._model = api.llama_model_load_from_file(str(path).encode(), params)
        params = api.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_seq_max = 2048, 512, 8
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        self._context = api.llama_init_from_model(self._model, params)
        self._n_vocab = api.llama_vocab_n_tokens(api.llama_model_get_vocab(self._model))

    def run(self, job: Job, ticks: Ticks) -> None:
        """Generate; refuse to steer."""
        if job.is_steered:
            raise MissingError("does not steer")
        api = self._api
        memory = api.llama_get_memory(self._context)
        api.llama_memory_clear(memory, True)
        ids = prompt_ids(job.n_prompt)
        best = self._decode([(token, at, 0) for at, token in enumerate(ids)], [len(ids) - 1])
        for row in range(1, job.rows):
            api.llama_memory_seq_cp(memory, 0, row, -1, -1)
        best = best * job.rows
        ticks.take()
        ticks.tokens = [[token] for token in best]
        for step in range(job.n_new - 1):
            batch = [(token, len(ids) + step, row) for row, token in enumerate(best)]
            best = self._decode(batch, list(range(job.rows)))
            ticks.take()
            for row, token in enumerate(best):
                ticks.tokens[row].append(token)

    def _decode(self, tokens: list[tuple[int, int, int]], asked: list[int]) -> list[int]:
        api = self._api
        batch = api.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for at, (token, position, sequence) in enumerate(tokens):
            batch.token[at], batch.pos[at] = token, position
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
            batch.logits[at] = at in asked
        if api.llama_decode(self._context, batch):
            raise MissingError("llama_decode failed")
        rows = [api.llama_get_logits_ith(self._context, at) for at in asked]
        found = [int(np.ctypeslib.as_array(row, (self._n_vocab,)).argmax()) for row in rows]
        api.llama_batch_free(batch)
        return found


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415 -- slow

    return AutoTokenizer.from_pretrained(folder)
