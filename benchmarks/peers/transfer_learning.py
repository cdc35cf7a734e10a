"""Transfer learning as https://keras.io/guides/transfer_learning teaches it, with EfficientNet-Lite0.

A new head on the frozen net for 20 epochs, or for half of the budget; then the whole net for 10 epochs at a low
learning rate, or until the budget is used up. A tenth of the images is held out to watch it. Images are mirrored
and rotated a little at random. Batch normalisation stays in inference mode.
"""

from time import monotonic
from typing import Any

import keras
from keras import layers
from photographs_task import PhotographsTask, read_photographs_task
from progress_callback import ProgressCallback

from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.weights import load_weights

BATCH = 32
HEAD_EPOCHS, EPOCHS = 20, 10
LOW_RATE = 1e-5


def read_data(task: PhotographsTask) -> tuple[Any, Any, Any]:
    """Return training, validation and test images, kept in memory as uint8."""
    import tensorflow as tf

    def prepare(dataset: Any) -> Any:
        return dataset.map(lambda images, *label: (tf.cast(tf.round(images), tf.uint8), *label)).cache()

    options = {"batch_size": BATCH, "validation_split": 0.1, "seed": task.seed or 0}
    train, valid = (
        prepare(task.read_folder("train", subset=part, **options)) for part in ("training", "validation")
    )
    test = prepare(task.read_folder("test", batch_size=BATCH, labels=None, shuffle=False))
    augment = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])
    train = train.map(lambda images, labels: (augment(tf.cast(images, tf.float32), training=True), labels))
    return train.prefetch(tf.data.AUTOTUNE), valid, test


def main() -> None:
    """Train the head, then the whole net; predict."""
    task = read_photographs_task(__doc__)
    keras.utils.set_random_seed(task.seed or 0)
    train, valid, test = read_data(task)
    backbone = BACKBONES["efficientnet-lite0"]
    base = backbone.build()
    load_weights(backbone, base)
    base.trainable = False
    pixels = keras.Input((task.side, task.side, 3))
    hidden = layers.Dropout(0.2)(base(pixels, training=False))
    model = keras.Model(pixels, layers.Dense(len(task.classes), activation="softmax")(hidden))

    def fit(rate: float, epochs: int, seconds: float) -> int:
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        watch = ProgressCallback(task, task.measure, deadline=monotonic() + seconds)
        history = model.fit(train, validation_data=valid, epochs=epochs, callbacks=[watch], verbose=0)
        scores.extend(history.history[task.measure])
        return len(history.epoch)

    scores: list[float] = []
    head_epochs = fit(1e-3, HEAD_EPOCHS, min(task.budget_seconds / 2, task.seconds_left()))
    base.trainable = True
    epochs = fit(LOW_RATE, EPOCHS, task.seconds_left())
    task.log_event("search ends", scores[-1], trials=1, complete=1, best={"head": head_epochs, "all": epochs})
    task.submit_probabilities(model.predict(test, verbose=0))


if __name__ == "__main__":
    main()
