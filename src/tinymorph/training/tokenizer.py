"""A byte-level BPE tokenizer with the tokens of the rewriting format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tinymorph.engine.prompt import REWRITING_TASKS, TARGET, task_token
from tinymorph.training.pairs import stored_pairs
from tinymorph.training.prose import stored_prose
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import is_done, mark_done

BOS, EOS, PAD = "<|bos|>", "<|eos|>", "<|pad|>"
INFILLING = ("<|prefix|>", "<|suffix|>", "<|middle|>", "<|like|>")
"""Reserved for fill-in-the-middle and for style in words."""


def build_tokenizer(recipe: Recipe, corpus: Path, folder: Path) -> None:
    """Fit the tokenizer to the training text and save it as `AutoTokenizer` loads it."""
    fingerprint = recipe.fingerprint("corpus", "tokenizer")
    if is_done(folder, fingerprint):
        return
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    special = [PAD, BOS, EOS, TARGET, *map(task_token, REWRITING_TASKS), *INFILLING]
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.tokenizer.vocab_size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=True,
    )
    tokenizer.train_from_iterator(_sample(corpus, recipe.tokenizer.sample_bytes), trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        additional_special_tokens=special[3:],
        clean_up_tokenization_spaces=False,
        model_max_length=recipe.model.n_ctx,
    )
    wrapped.save_pretrained(folder)
    mark_done(folder, fingerprint, {"vocab_size": len(wrapped)})


def _sample(corpus: Path, size: int) -> Iterator[str]:
    """Yield rewriting targets and prose until `size` characters have gone by."""
    for pair in stored_pairs(corpus / "pairs.train.jsonl"):
        if pair.task != "repair":
            size -= len(pair.target)
            yield pair.target
    for paragraph in stored_prose(corpus / "prose.train.tsv"):
        if size <= 0:
            return
        size -= len(paragraph.text)
        yield paragraph.text
