"""What the engine says of overlapping features is what numpy says of their decoder rows."""

from __future__ import annotations

import numpy as np
import pytest

from tinymorph.cli.model import open_engine
from tinymorph.engine.overlap import overlaps_of
from tinymorph.errors import FeatureError
from tinymorph.schema.events import Overlapped
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import OverlapRequest
from tinymorph.settings.paths import resource


@pytest.fixture(scope="module")
def engine():
    opened = open_engine(resource("assets/bundle"))
    yield opened
    opened.close()


def test_overlap_is_the_cosine_of_decoder_rows_of_the_bundle_pair_by_pair(engine):
    low, high = sorted(engine.saes)
    refs = tuple(
        FeatureRef(sae_id=sae_id, feature_index=index)
        for sae_id, index in ((low, 3), (high, 3), (low, 1000))
    )
    (answer,) = engine.run(OverlapRequest(request_id="o", refs=refs))
    assert isinstance(answer, Overlapped)
    rows = [engine.saes[ref.sae_id].W_dec[ref.feature_index].double().numpy() for ref in refs]
    assert [(one.first, one.second) for one in answer.overlaps] == [
        (refs[0], refs[1]),
        (refs[0], refs[2]),
        (refs[1], refs[2]),
    ]
    for one in answer.overlaps:
        a, b = rows[refs.index(one.first)], rows[refs.index(one.second)]
        expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert one.cosine == pytest.approx(expected, abs=1e-9)


def test_a_feature_overlaps_itself_wholly_and_one_that_is_not_there_is_refused(engine):
    ref = FeatureRef(sae_id=min(engine.saes), feature_index=7)
    (one,) = overlaps_of((ref, ref), engine.saes)
    assert one.cosine == pytest.approx(1)
    beyond = FeatureRef(sae_id=ref.sae_id, feature_index=10**6)
    with pytest.raises(FeatureError):
        overlaps_of((ref, beyond), engine.saes)
