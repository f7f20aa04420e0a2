"""Work on untrusted files in a process of its own, with bounds on memory and time.

Decoders are C: a file made to break one can make it allocate without end, loop, or crash. Each worker here is a process
that is ended and replaced when a file does that; the others do not notice.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
import psutil

from worldfactory.errors import WorldfactoryError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file's work gave nothing: `crash: ...`, `time: ...`, `memory: ...` or `error: ...`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """A call to be made in a worker; `work` and `arguments` pickle."""

    work: Callable[..., T]
    arguments: tuple[Any, ...]
    seconds: float


class GuardedWorker:
    """One child process that takes calls one after another.

    `memory_mb` bounds what the child may take beyond what it starts with: its address space, by the system, where the
    system can (Linux), and its resident memory, by this process, everywhere.
    """

    def __init__(self, memory_mb: int) -> None:
        self._memory = memory_mb << 20
        self._process: Any = None
        self._pipe: Any = None
        self._base = 0

    def call(self, task: Task[T]) -> T | Failure:
        """The result of the call, or why there is none. WorldfactoryErrors of the call are raised here."""
        if self._process is None or not self._process.is_alive():
            self._start(task.work)
        with contextlib.suppress(OSError):  # it could not even start: a crash, told below
            self._pipe.send((task.work, task.arguments))
        waited, slice_s = 0.0, 0.05
        while not self._pipe.poll(slice_s):
            waited += slice_s
            slice_s = min(0.5, slice_s * 1.5)
            if waited > task.seconds:
                self.close()
                return Failure(f"time: more than {task.seconds:.0f} s")
            if self._resident() > self._base + self._memory:
                self.close()
                return Failure(f"memory: more than {self._memory >> 20} MB")
        try:
            outcome, value = self._pipe.recv()
        except (EOFError, OSError):
            process: Any = self._process
            process.join(5)
            code = process.exitcode
            self.close()
            name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
            return Failure(f"crash: the reading process ended with {name}")
        if outcome == "memory":
            self.close()  # what it holds after running out is anyone's guess
            return Failure(f"memory: more than {self._memory >> 20} MB")
        if outcome == "raised":
            raise value
        if outcome == "failed":
            return Failure(f"error: {value}")
        return value

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None

    def _start(self, work: Callable[..., Any]) -> None:
        self.close()
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far, self._memory), daemon=True)
        self._process.start()
        far.close()
        self._pipe.send(work)
        with contextlib.suppress(EOFError, OSError):  # it could not even start: told by the call
            self._pipe.recv()  # it has imported what it needs
        self._base = self._resident()

    def _resident(self) -> int:
        with contextlib.suppress(psutil.Error):
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0


def _serve(pipe: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    # Before the bound, which is on what files take: the modules of the first call (receiving a function imports its
    # own), libraries, and what OpenBLAS takes at its first product.
    pipe.recv()
    for name in ("_standing", "split._pyscenedetect"):
        importlib.import_module(f"worldfactory.curate.{name}")
    square = np.ones((512, 512), np.float32)
    _ = square @ square
    cv2.setNumThreads(1)  # a process a core
    with contextlib.suppress(AttributeError, OSError, ValueError):
        limit = psutil.Process().memory_info().vms + memory
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    pipe.send("ready")
    while True:
        try:
            work, arguments = pipe.recv()
        except EOFError:
            return
        try:
            reply = ("value", work(*arguments))
        except MemoryError:
            reply = ("memory", None)
        except WorldfactoryError as error:
            reply = ("raised", error)
        except Exception as error:  # of a library on input that it did not expect: the file's fault, not the run's
            reply = ("failed", f"{type(error).__name__}: {error}")
        pipe.send(reply)


def run_guarded(tasks: Sequence[Task[T]], workers: int, memory_mb: int) -> Iterator[tuple[int, T | Failure]]:
    """Do the tasks over `workers` processes; yields (index, result) as they come.

    WorldfactoryErrors of a task are raised.
    """
    local = threading.local()
    started: list[GuardedWorker] = []

    def call(task: Task[T]) -> T | Failure:
        worker = getattr(local, "worker", None)
        if worker is None:
            worker = local.worker = GuardedWorker(memory_mb)
            started.append(worker)
        return worker.call(task)

    with ThreadPoolExecutor(max(1, min(workers, len(tasks)))) as threads:
        try:
            futures = {threads.submit(call, task): index for index, task in enumerate(tasks)}
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)
            for worker in started:
                worker.close()
