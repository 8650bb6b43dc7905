"""Dead features of an SAE get a new start, and the living ones stay."""

from __future__ import annotations

import itertools

import pytest
import torch

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(120)]


def test_dead_features_are_pointed_at_what_is_reconstructed_worst() -> None:
    from sae_lens import BatchTopKTrainingSAEConfig, SAETrainer  # noqa: PLC0415 - slow
    from sae_lens.config import SAETrainerConfig  # noqa: PLC0415 - slow

    from tinymorph.training.revival import revive_dead  # noqa: PLC0415 - with it
    from tinymorph.training.sparse_autoencoder import BatchTopKTrainingSAE  # noqa: PLC0415 - slow

    torch.manual_seed(1)
    sae = BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(d_in=8, d_sae=16, k=2))
    batches = itertools.repeat(torch.randn(32, 8))
    config = SAETrainerConfig(
        total_training_samples=3200,
        train_batch_size_samples=32,
        lr=1e-3,
        lr_end=1e-4,
        dead_feature_window=5,
    )
    trainer = SAETrainer(cfg=config, sae=sae, data_provider=batches)
    for _ in range(3):
        trainer.step(next(batches))
    assert revive_dead(trainer, batches) == 0
    dead = torch.tensor([2, 7, 11])
    living = [place for place in range(16) if place not in dead.tolist()]
    trainer.n_forward_passes_since_fired[dead] = 6
    before = sae.W_dec.detach().clone()
    assert revive_dead(trainer, batches) == 3
    assert torch.equal(sae.W_dec[living], before[living])
    assert not torch.allclose(sae.W_dec[dead], before[dead])
    cosines = torch.cosine_similarity(sae.W_dec[dead], sae.W_enc[:, dead].T)
    assert torch.allclose(cosines, torch.ones(3), atol=1e-5)
    lengths = sae.W_dec[dead].norm(dim=-1)
    assert torch.allclose(lengths, sae.W_dec[living].norm(dim=-1).mean().expand(3), atol=1e-5)
    assert not trainer.dead_neurons.any()
    assert not trainer.optimizer.state[sae.W_dec]["exp_avg"][dead].any()
