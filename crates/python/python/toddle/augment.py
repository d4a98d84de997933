"""Augmentation: random changes to the inputs of a training.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping

from ._settings import Settings

__all__ = ["Augment"]


class Augment(Settings):
    """Augmentation: random changes to the training images, which are drawn anew in every epoch. All of them
    are off by default.

    Parameters
    ----------
    brightness : float, default 0.0
        The largest change of brightness, where 0 is black and 1 is white.
    contrast : float, default 0.0
        The largest change of contrast: 0.2 means from 0.8 to 1.2 times the contrast.
    crop : int, default 0
        The number of pixels that are added on every side. Then an image of the old size is cut out at a
        random place.
    elastic : Mapping[str, float] | None
        Elastic distortion: the image is bent at random. Default: none.
    erase : float, default 0.0
        The probability that a rectangle is covered with noise. The rectangle has 2 % to 33 % of the area
        of the image.
    flip : bool, default False
        Whether images are mirrored left to right, each with a probability of one half.
    noise : float, default 0.0
        The standard deviation of the noise that is added to each value, where 0 is black and 1 is white.
    rotate : float, default 0.0
        The largest rotation around the middle of the image, in degrees, in both directions.
    scale : float, default 0.0
        The largest change of size: 0.1 means from 0.9 to 1.1 times the size.
    shear : float, default 0.0
        The largest shear: a row moves sideways by at most this many times its distance from the middle.
    shift : float, default 0.0
        The largest shift, vertical and horizontal, in pixels.
    """

    _family = "augment"
    brightness: float
    contrast: float
    crop: int
    elastic: Mapping[str, float] | None
    erase: float
    flip: bool
    noise: float
    rotate: float
    scale: float
    shear: float
    shift: float

    def __init__(
        self,
        *,
        brightness: float = 0.0,
        contrast: float = 0.0,
        crop: int = 0,
        elastic: Mapping[str, float] | None = None,
        erase: float = 0.0,
        flip: bool = False,
        noise: float = 0.0,
        rotate: float = 0.0,
        scale: float = 0.0,
        shear: float = 0.0,
        shift: float = 0.0,
    ) -> None:
        super().__init__(brightness=brightness, contrast=contrast, crop=crop, elastic=elastic, erase=erase, flip=flip, noise=noise, rotate=rotate, scale=scale, shear=shear, shift=shift)
