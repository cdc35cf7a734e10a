"""The number of workers that a machine can run, by what their nets take, and the card of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

from kagglebot.datasets.schema import Schema
from kagglebot.models.registry import get_family
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import FAMILY, Dimension, Value
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.hardware.gpu import Card
from kagglebot.system.hardware.memory import available_memory
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.machine.memory_estimate import TrainingMemory, training_memory
from kagglebot.training.machine.profile import read_machine_profile

#: Memory that a worker may need whose net is not known, TensorFlow included.
WORKER_BYTES = 1_500_000_000
MOST_JOBS = 8
#: Main memory of a worker whose net is on a card, CUDA's libraries included.
CARD_WORKER_BYTES = 3_000_000_000
#: Workers that share a card at most: each has its own copy of CUDA, and they take turns.
MOST_A_CARD = 3
#: Share of a card's free memory that nets may take; the rest is for images that are held there.
CARD_SHARE = 2 / 3


@dataclass(frozen=True)
class Workers:
    """How many workers a search has, and how many bytes of memory each may take.

    Attributes:
        count: The number of workers.
        memory: Bytes for the net of each, on its card where it has one.
        cards: UUID of the card of each worker; empty where nets are trained on the CPU.
    """

    count: int
    memory: float
    cards: tuple[str, ...] = ()


def most_jobs(worker_bytes: float = WORKER_BYTES) -> int:
    """Return the most workers that this machine can run: one a core, as far as its memory goes."""
    memory = int(available_memory() // worker_bytes)
    return max(1, min(available_cores(), memory, MOST_JOBS))


def auto_jobs(backend: str = DEFAULT, worker_bytes: float = WORKER_BYTES) -> int:
    """Return the number of workers for this machine: the fastest one measured, or one a core.

    On small nets several processes of one thread are mostly faster than one process of several.
    """
    measured = read_machine_profile()
    most = most_jobs(worker_bytes)
    return most if measured is None else min(most, measured.jobs(backend) or most)


@dataclass(frozen=True)
class NetSizes:
    """The nets of a search: of its space, or the part of it that is searched, on so many training rows."""

    definition: Definition
    restrictions: Mapping[str, Restriction]
    schema: Schema
    rows: int

    def extreme(self, choose: Callable[..., Any]) -> TrainingMemory:
        """Return what the smallest net takes, where ``choose`` is ``min``, or the largest."""
        allowed = self.restrictions.get(FAMILY)
        families = [name for name in self.definition.families if allowed is None or allowed.contains(name)]
        found: TrainingMemory = choose(
            (self._of_family(name, choose) for name in families), key=lambda each: each.size
        )
        return found

    def _of_family(self, family: str, choose: Callable[..., Any]) -> TrainingMemory:
        """Find the extreme of a family one parameter after the other."""
        part, drawn = self.definition.of_family(family), dict[str, Any]()
        shape, classes = self.schema.image_shape, len(self.schema.classes)

        def memory(**values: Any) -> TrainingMemory:
            settings = part.settings({**drawn, **values})
            return training_memory(get_family(family), settings, shape, classes, self.rows)

        def size(name: str, value: Value) -> int:
            return memory(**{name: value}).size

        limits = part.limits(shape)
        for name, dimension in part.space.items():
            restriction = self.restrictions.get(self.definition.stored_name(family, name), Restriction())
            ends = (min(end, limits[name]) if name in limits else end for end in _ends(dimension, restriction))
            drawn[name] = choose(ends, key=partial(size, name))
        return memory()


def plan_workers(
    nets: NetSizes,
    *,
    backend: str = DEFAULT,
    jobs: int | None = None,
    trials: int | None = None,
    cards: Sequence[Card] = (),
) -> Workers:
    """Return how many workers train these nets: ``jobs``, or as many as the largest net leaves memory for.

    Args:
        nets: The nets.
        backend: The backend that Keras nets are trained on.
        jobs: The number of workers that the user wants.
        trials: Trials to run: no more workers are needed.
        cards: The cards that Keras nets are trained on; none for the CPU.

    Raises:
        TrainingError: Not even the smallest net can be trained in the memory that is free.
    """
    largest = nets.extreme(max).size
    count = jobs or (card_jobs(cards, largest) if cards else auto_jobs(backend, largest))
    count = max(1, min(count, trials or count))
    workers = share_cards(cards, largest, count) if cards else Workers(count, available_memory(swap=True) / count)
    nets.extreme(min).check(workers.memory, f" for each of {count} workers" if count > 1 else "")
    return workers


def card_jobs(cards: Sequence[Card], net_bytes: float) -> int:
    """Return the number of workers for these cards: as many on each as its memory holds nets of that size.

    There is a core for each, and main memory.
    """
    main = int(available_memory() // CARD_WORKER_BYTES)
    return max(1, min(sum(_room(card, net_bytes) for card in cards), available_cores(), main))


def share_cards(cards: Sequence[Card], net_bytes: float, count: int) -> Workers:
    """Return ``count`` workers with a card for each: first one on every card, then more where memory is left."""
    rooms = {card: _room(card, net_bytes) for card in cards}
    places = [card for turn in range(MOST_A_CARD) for card in cards if rooms[card] > turn]
    chosen = list(islice(cycle(places), count))
    shares = [CARD_SHARE * card.free / chosen.count(card) for card in chosen if card.free]
    memory = min(shares, default=available_memory(swap=True) / count)
    return Workers(count, memory, tuple(card.uuid for card in chosen))


def _room(card: Card, net_bytes: float) -> int:
    return max(1, min(MOST_A_CARD, int(CARD_SHARE * card.free // net_bytes)))


def _ends(dimension: Dimension, part: Restriction) -> tuple[Any, ...]:
    """Return the choices of a parameter, or the ends of its range, in the part of it that is searched."""
    return part.values or dimension.choices or (part.low or dimension.low, part.high or dimension.high)
