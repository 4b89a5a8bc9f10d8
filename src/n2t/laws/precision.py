"""The law of the dtype: narrower numbers give the same answer, rounded."""

from collections.abc import Sequence

import torch
from torch import Tensor

from n2t.laws.attention import Attend
from n2t.laws.judge import BrokenLaw, apart, difference

PRECISION = {torch.float32: 1e-5, torch.bfloat16: 5e-2, torch.float16: 1e-2}
"""How far a result may be from float64's, as a share of the largest value, by dtype.

float16 keeps 11 bits and bfloat16 8, so that one rounding moves a value by up to 0.05%
or 0.4%; scores of a few units are rounded before they are exponentiated.
"""


def dtype_does_not_matter(
    attend: Attend,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    dtypes: Sequence[torch.dtype] = tuple(PRECISION),
) -> None:
    """What comes in float16 goes out in float16, near what float64 gives for it.

    Raises KeyError for a dtype that has no bound in `PRECISION`.
    """
    for dtype in dtypes:
        narrow = [x.to(dtype) for x in (query, key, value)]
        found = attend(*narrow, mask)
        name = str(dtype).removeprefix("torch.")
        if found.dtype != dtype:
            came = str(found.dtype).removeprefix("torch.")
            raise BrokenLaw(f"{name} came in, {came} went out")
        wide = attend(*(x.double() for x in narrow), mask)
        gap, allowed = difference(found, wide), PRECISION[dtype]
        if gap > allowed:
            how = apart(found, wide, allowed)
            raise BrokenLaw(f"{name} gives another answer than float64: {how}", gap)
