"""The number of workers that a machine can run, by what their nets take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from kagglebot.datasets.schema import Schema
from kagglebot.models.registry import get_family
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import FAMILY, Dimension, Value
from kagglebot.system.cpu import available_cores
from kagglebot.system.memory import available_memory
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.machine_profile import read_machine_profile
from kagglebot.training.memory_estimate import TrainingMemory, training_memory

#: Memory that a worker may need whose net is not known, TensorFlow included.
WORKER_BYTES = 1_500_000_000
MOST_JOBS = 8


@dataclass(frozen=True)
class Workers:
    """How many workers a search has, and how many bytes of memory each may take."""

    count: int
    memory: float


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
    nets: NetSizes, *, backend: str = DEFAULT, jobs: int | None = None, trials: int | None = None
) -> Workers:
    """Return how many workers train these nets: ``jobs``, or as many as the largest net leaves memory for.

    Args:
        nets: The nets.
        backend: The backend that Keras nets are trained on.
        jobs: The number of workers that the user wants.
        trials: Trials to run: no more workers are needed.

    Raises:
        TrainingError: Not even the smallest net can be trained in the memory that is free.
    """
    count = jobs or auto_jobs(backend, nets.extreme(max).size)
    count = max(1, min(count, trials or count))
    memory = available_memory(swap=True) / count
    nets.extreme(min).check(memory, f" for each of {count} workers" if count > 1 else "")
    return Workers(count, memory)


def _ends(dimension: Dimension, part: Restriction) -> tuple[Any, ...]:
    """Return the choices of a parameter, or the ends of its range, in the part of it that is searched."""
    return part.values or dimension.choices or (part.low or dimension.low, part.high or dimension.high)
