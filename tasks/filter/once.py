"""What several scorers ask of the same picture, worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from weakref import ref

import numpy as np

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def once(measure: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The same function of pictures, that remembers its latest answer but keeps no picture alive.

    Pictures are the same where they are the same place in memory: nobody writes to one.
    """
    latest: list[tuple[list[_Place], Answer]] = []

    @wraps(measure)
    def asked(*pictures: Asked.args, **no: Asked.kwargs) -> Answer:
        places = [_Place(one) for one in pictures]  # type: ignore[arg-type]
        if not latest or not all(map(_Place.is_same, latest[0][0], places)):
            latest[:] = [(places, measure(*pictures, **no))]
        return latest[0][1]

    return asked


class _Place:
    """Where a picture, or a part of one, lies in memory."""

    def __init__(self, picture: np.ndarray) -> None:
        owner = picture.base if isinstance(picture.base, np.ndarray) else picture
        self._owner = ref(owner)
        self._layout = picture.__array_interface__["data"], picture.shape, picture.strides

    def is_same(self, other: "_Place") -> bool:
        """Whether both are of one picture, which is still there."""
        owner = self._owner()
        return owner is not None and owner is other._owner() and self._layout == other._layout
