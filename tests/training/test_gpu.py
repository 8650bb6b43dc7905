"""What is carried to a borrowed GPU and back: parts, packed rows, slices that go on."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from tinymorph.training.batches import IGNORED, Mixture, PairBatches, ProseBatches
from tinymorph.training.carry import bring_back, write_carried
from tinymorph.training.corpus import build_corpus
from tinymorph.training.gpu import GpuPlan, _packed_loss, main, rate_factor
from tinymorph.training.packing import PackedRows, attention_mask, pack
from tinymorph.training.parts import group_parts, join_files, split_file
from tinymorph.training.recipe import GpuRecipe, Recipe
from tinymorph.training.shards import build_shards
from tinymorph.training.tokenizer import build_tokenizer

RECIPE = Path(__file__).parents[1] / "data" / "tiny_recipe.toml"
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    gpu = GpuRecipe(
        rows_per_batch=2,
        batches_per_step=2,
        learning_rate=2e-3,
        matrix_learning_rate=3e-3,
        weight_decay=0.0,
        decay_share=0.25,
        workers=0,
    )
    return Recipe.read(RECIPE).model_copy(update={"gpu": gpu})


@pytest.fixture(scope="module")
def work(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of a few made-up books and pairs."""
    data, work = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("work")
    rng = random.Random(3)
    words = [
        "gull",
        "tide",
        "harbour",
        "lamp",
        "garden",
        "winter",
        "letter",
        "door",
        "window",
        "boat",
        "rain",
        "fire",
    ]
    (data / "prose").mkdir()
    (data / "pairs").mkdir()
    for number in range(12):
        paragraphs = [
            " ".join(f"The {rng.choice(words)} saw the {rng.choice(words)}." for _ in range(5))
            for _ in range(12)
        ]
        (data / "prose" / f"{number}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    rows = []
    for _ in range(120):
        first, second = rng.sample(words, 2)
        source = f"The {first} was there, and the {second} was not."
        target = f"The {first} was there. The {second} was not."
        rows.append(json.dumps({"task": "split", "source": source, "target": target}))
    (data / "pairs" / "split.made.jsonl").write_text("\n".join(rows), encoding="utf-8")
    build_corpus(recipe, data, work / "corpus")
    build_tokenizer(recipe, work / "corpus", work / "tokenizer")
    build_shards(recipe, work / "corpus", work / "tokenizer", work / "shards")
    return work


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("size", [0, 1, 999, 1000, 2500])
def test_file_in_parts_comes_together_again(tmp_path: Path, size: int, is_packed: bool) -> None:
    data = random.Random(size).randbytes(size)
    (tmp_path / "weights.pt").write_bytes(data)
    parts = split_file(tmp_path / "weights.pt", tmp_path / "parts", 1000, is_packed=is_packed)
    assert all(part.stat().st_size <= 1000 for part in parts)
    group_parts(tmp_path / "parts", 1500)
    (joined,) = join_files(tmp_path / "parts", tmp_path / "joined")
    assert joined.name == "weights.pt"
    assert joined.read_bytes() == data


def test_no_group_of_parts_is_larger_than_asked(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"a.part{number:03}").write_bytes(b"x" * 400)
    groups = group_parts(tmp_path, 1000)
    sizes = [sum(part.stat().st_size for part in group.iterdir()) for group in groups]
    assert sizes == [800, 800, 800, 400]


def test_packed_examples_are_read_as_if_each_were_alone() -> None:
    torch.manual_seed(1)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=50,
        max_position_embeddings=64,
    )
    model = LlamaForCausalLM(config).eval()
    rng = random.Random(1)
    rows = []
    for length in (7, 12, 5):
        ids = [rng.randrange(3, 50) for _ in range(length)]
        rows.append((ids, ids))
    ids, labels, examples = (part[None] for part in pack(rows, 32, 0))
    packed, count = _packed_loss(model, model.model, ids, labels, examples)
    assert count == 6 + 11 + 4
    alone = torch.zeros(())
    for ids, _ in rows:
        row = torch.tensor([ids])
        alone += model(input_ids=row, labels=row).loss.detach() * (len(ids) - 1)
    assert float(packed.detach()) == pytest.approx(float(alone), rel=1e-4)


def test_position_sees_only_its_own_example_and_only_what_came_before() -> None:
    mask = attention_mask(torch.tensor([[1, 1, 2, 2, 0]]))[0, 0]
    assert mask.tolist() == [
        [True, False, False, False, False],
        [True, True, False, False, False],
        [False, False, True, False, False],
        [False, False, True, True, False],
        [False, False, False, False, True],
    ]


def test_packed_rows_are_nearly_full_and_keep_their_shares(work: Path) -> None:
    prose = ProseBatches(work / "shards", "train", 60, 1, 1, Mixture(0.5, 0.5))
    pairs = PairBatches(work / "shards", "train", 200, 1, like_share=0.5)
    stream = iter(PackedRows(prose, pairs, 192, 0.5, "seed"))
    rows = [next(stream) for _ in range(40)]
    again = iter(PackedRows(prose, pairs, 192, 0.5, "seed"))
    assert torch.equal(rows[0][0], next(again)[0])
    filled = [float((examples > 0).float().mean()) for _, _, examples in rows]
    assert sum(filled) / len(filled) > 0.9
    for _, labels, examples in rows:
        assert (labels[examples == 0] == IGNORED).all()


def test_rate_falls_only_in_the_last_share_of_the_time(work: Path, recipe: Recipe) -> None:
    write_carried(recipe, work / "shards", work / "plan")
    join_files(work / "plan", work / "planned")
    plan = GpuPlan.read(work / "planned" / "plan.json")
    assert rate_factor(plan, 10_000, 0.7) == 1
    assert rate_factor(plan, 10_000, 0.875) == pytest.approx(0.5)
    assert rate_factor(plan, 0, 0.1) < 0.1


def test_slices_go_on_and_their_weights_come_back(
    work: Path, recipe: Recipe, tmp_path: Path
) -> None:
    write_carried(recipe, work / "shards", tmp_path / "carried")
    command = ["--carried", str(tmp_path / "carried"), "--state", str(tmp_path / "state")]
    command += ["--out", str(tmp_path / "out"), "--total-minutes", "0.2", "--plain"]
    main([*command, "--minutes", "0.05"])
    main([*command, "--minutes", "0.05"])
    log = (tmp_path / "out" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    reports = [json.loads(line) for line in log if "heldout_pairs" in line]
    assert reports[1]["step"] > reports[0]["step"] > 0
    bring_back(
        recipe, tmp_path / "out", work / "tokenizer", work / "shards", tmp_path / "language_model"
    )
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "language_model" / "model")
    assert model.dtype is torch.bfloat16
    trained = torch.load(tmp_path / "state" / "checkpoint.pt", weights_only=True)["model"]
    norm = trained["model.norm.weight"]
    assert torch.equal(model.model.norm.weight, norm.to(torch.bfloat16))


def test_draws_differ_from_seed_to_seed(work: Path) -> None:
    pairs = PairBatches(work / "shards", "train", 200, 1)
    assert pairs.draw(Random(1)) == pairs.draw(Random(1))
    assert any(pairs.draw(Random(1)) != pairs.draw(Random(seed)) for seed in range(2, 6))


def test_gpu_module_needs_nothing_that_a_borrowed_machine_may_lack() -> None:
    absent = ("pydantic", "sae_lens", "typer", "PySide6")
    block = "import sys\n" + "\n".join(f"sys.modules[{name!r}] = None" for name in absent)
    command = [sys.executable, "-c", f"{block}\nimport tinymorph.training.gpu"]
    subprocess.run(command, check=True, timeout=120)
