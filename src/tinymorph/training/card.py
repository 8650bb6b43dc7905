"""The bundle's card: what it was made from, what it measures, what it cannot do."""

from __future__ import annotations

from typing import Any

from tinymorph.training.evaluate import PAIRS_PER_TASK
from tinymorph.training.recipe import Recipe

_HEAD = """---
license: apache-2.0
language: en
library_name: transformers
tags: [text2text, rewriting, sparse-autoencoder]
---

# {name}

A {size} Llama-shaped language model that rewrites English paragraphs, trained from scratch by
`scripts/build_bundle.py` on two CPU cores, with BatchTopK sparse autoencoders on its residual
stream and a catalogue of their features. It is a first version: small, weak, and here to prove
that every part works.

| part | file | loads with |
|---|---|---|
| model and tokenizer | `model/` | `AutoModelForCausalLM`, `AutoTokenizer` |
| SAEs | `saes/<layer>/` | `sae_lens.SAE.load_from_disk` |
| max activation and density of every feature | `saes/<layer>/feature_stats.safetensors` | safetensors |
| feature catalogue | `catalogue.sqlite` | `tinymorph features` |

Format: `<|bos|><|TASK|>source<|target|>rewrite<|eos|>`; running prose follows a bare `<|bos|>`.

## Data and licences

{prose:,} characters of English prose from books in the public domain or under CC-BY and CC0
(mostly 1880 to 1925, some modern nonfiction), an even share of every work, and rewriting pairs,
some of them from sources under CC-BY-SA, CC-BY and MIT. {heldout:.0%} of the works and,
besides, of the authors, chosen by a hash of their names, were held out. The weights are ours, under Apache-2.0; no sentence of the
corpus is part of this bundle: the example windows in the catalogue were written by the model.

| counted while the corpus was made | number |
|---|---|
{counts}

| origin of pairs | pairs |
|---|---|
{origins}

## Shape and training

`d_model` {d_model}, {n_layers} layers, {n_heads} heads, `d_mlp` {d_mlp}, vocabulary {vocab:,},
context {n_ctx}. {tokens:,} tokens in {minutes:.0f} minutes of training steps, fp32, {optimizer},
saved in bf16.

| measure, on held-out works and pairs | value |
|---|---|
| loss on prose, nats per token | {loss_prose:.3f} |
| loss on the middles of gaps, nats per token | {loss_infill:.3f} |
| loss on rewriting targets, nats per token | {loss_pairs:.3f} |
| bits per byte of prose | {bits:.3f} |

| task, {n_rewrites} held-out sources each | without a flaw | source words kept | length ratio |
|---|---|---|---|
{rewrites}

"Without a flaw" means not empty, not the source unchanged, not looping, not cut off. It says
nothing about sense.

## Sparse autoencoders

BatchTopK, `d_sae` {d_sae}, k {k}, {sae_tokens:,} activations each, BOS left out, decoder rows of
unit length. Dead: active on no token of the held-out text.

| hook point | L0 | dead share | explained variance | loss | loss with it spliced in |
|---|---|---|---|---|---|
{saes}

Feature labels are automatic: the tokens a feature fires on and those its decoder row calls for.
Nobody has read them. Max activation and density were measured on held-out text.

## Limits

- It was trained for minutes, not days: its sentences are often broken, it loses names and facts,
  and it may drift from what the source says. Read every suggestion before you accept it.
- It writes like its data: English, old-fashioned, at times with the prejudices of its period.
- A passage and its rewrite must fit {n_ctx} tokens together, about 180 words of source.
"""


def write_card(recipe: Recipe, reports: dict[str, Any]) -> str:
    """Return the card as Markdown; every figure comes from a stage's report."""
    training, evaluation = reports["training"], reports["evaluation"]
    return _HEAD.format(
        name=recipe.name,
        size=_millions(evaluation["parameters"]),
        prose=reports["corpus"]["prose_characters"]["train"],
        heldout=recipe.corpus.heldout_share,
        origins=_rows(sorted(reports["corpus"]["pairs_by_origin"].items())),
        counts=_rows(sorted(reports["corpus"]["counts"].items())),
        d_model=recipe.model.d_model,
        n_layers=recipe.model.n_layers,
        n_heads=recipe.model.n_heads,
        d_mlp=recipe.model.d_mlp,
        n_ctx=recipe.model.n_ctx,
        vocab=recipe.tokenizer.vocab_size,
        tokens=training["tokens"],
        optimizer="Muon and AdamW" if recipe.training.matrix_learning_rate else "AdamW",
        minutes=training["minutes"],
        loss_prose=training["heldout_prose"],
        loss_infill=training["heldout_infill"],
        loss_pairs=training["heldout_pairs"],
        bits=evaluation["bits_per_byte"],
        n_rewrites=PAIRS_PER_TASK,
        rewrites=_rows(
            (task, *(f"{value:.2f}" for value in row.values()))
            for task, row in sorted(evaluation["rewrites"].items())
        ),
        d_sae=recipe.sae.d_sae,
        k=recipe.sae.k,
        sae_tokens=recipe.sae.training_tokens,
        saes=_rows(_sae_row(layer, reports[f"sae {layer}"]) for layer in recipe.sae.layers),
    )


def _sae_row(layer: int, report: dict[str, float]) -> tuple[str, ...]:
    names = ("l0", "dead_share", "explained_variance", "loss", "spliced_loss")
    return (f"`blocks.{layer}.hook_resid_post`", *(f"{report[name]:.3f}" for name in names))


def _rows(rows: Any) -> str:
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f}M-parameter"
