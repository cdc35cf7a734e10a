"""An epoch that was stopped goes on in the order in which it began."""

import numpy as np

from kagglebot.training.epoch_order import EpochOrder


def test_an_epoch_goes_on_in_its_order_and_the_generator_where_it_was() -> None:
    rng, rows, order = np.random.default_rng(3), np.arange(20), EpochOrder()
    assert order.state() == {}
    first = order.permute(rng, rows)
    with order.within(5):
        kept = order.state()
    assert order.state() == {} and order.done == 0
    other, later = EpochOrder(), np.random.default_rng()
    later.bit_generator.state = rng.bit_generator.state
    other.restore(kept)
    assert (other.permute(later, rows) == first).all() and other.take_up() == 5 and other.done == 0
    assert (other.permute(later, rows) == order.permute(rng, rows)).all()
