"""All images of a training in the memory of a card, so that a step sends row numbers instead of pixels."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.system.hardware.gpu import ask_driver, visible
from kagglebot.training.keras.on_tensorflow.tensorflow_import import tensorflow
from kagglebot.training.learner import Images, Rows

#: Share of the card's free memory that images may take: other workers hold theirs too, besides the nets.
_SHARE = 1 / 8
#: Bytes of the numbers that images are held as.
_WORD = 4


class HeldImages:
    """Images on the device that TensorFlow computes on.

    They are held as float32 words, whatever these mean as numbers: TensorFlow gathers those on a card, and uint8
    in main memory.
    """

    def __init__(self, images: Images) -> None:
        self.shape = images.shape
        words = np.ascontiguousarray(images).reshape(len(images), -1).view(np.float32)
        self._words = tensorflow().convert_to_tensor(words)

    def __getitem__(self, rows: Rows) -> Any:
        """Return the images of these rows, ``(n, height, width, channels)`` uint8, as a tensor."""
        tf = tensorflow()
        return tf.reshape(tf.bitcast(tf.gather(self._words, rows), tf.uint8), (len(rows), *self.shape[1:]))


def fits_on_card(images: NDArray[Any]) -> bool:
    """Return whether images take no more of the free memory of this process's card than they should."""
    cards = visible(ask_driver().cards)
    whole_words = math.prod(images.shape[1:]) % _WORD == 0
    return bool(cards) and whole_words and images.nbytes <= _SHARE * cards[0].free
