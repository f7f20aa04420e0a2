"""A process whose children run stages of the loop and die by SIGKILL exactly where they are told to.

Started as a script by `test_killed`, which sends it a job as a line of JSON and reads a line of JSON back. Importing
the library takes seconds and a fork takes none, so it imports once and forks for each job. A job's fault is
`{"at": GLOB, "nth": N, "when": "before" or "after"}` for the N-th rename onto a path like that, as every atomic write
ends with one; or `{"call": "module:name", ...}` for the N-th call of a function. With `"alone": true` only a worker
dies, and the run that it works for is left to say so.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FAULT = "MORTAL_FAULT"


def install(fault: dict[str, Any]) -> None:
    """From now on this process and the workers that it starts die at `fault`."""
    if "call" in fault:
        module, _, dotted = fault["call"].partition(":")
        owner: Any = importlib.import_module(module)
        *path, name = dotted.split(".")
        for step in path:
            owner = getattr(owner, step)
        setattr(owner, name, deadly(getattr(owner, name), fault, lambda *_: True))
    else:
        Path.replace = deadly(  # type: ignore[method-assign]
            Path.replace, fault, lambda _, to: fnmatch.fnmatch(str(to), fault["at"])
        )


def deadly(real: Callable[..., Any], fault: dict[str, Any], meant: Callable[..., bool]) -> Callable[..., Any]:
    count = 0

    @functools.wraps(real)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += meant(*args)
        here = meant(*args) and count == fault.get("nth", 1)
        if here and fault["when"] == "before":
            die(fault)
        result = real(*args, **kwargs)
        if here:
            die(fault)
        return result

    return call


def die(fault: dict[str, Any]) -> None:
    if fault.get("alone"):
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)  # the job's own group: the workers of a pool die with it


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Do the stage of a job; what it reports."""
    from worldfactory import flow
    from worldfactory.records import Cell

    factory = flow.open_factory(Path(job["specs"]), Path(job["data"]))
    cell = Cell.parse(job["cell"])
    if job["stage"] == "checkpoint":
        return {"id": flow.train_checkpoint(factory).id}
    stages: dict[str, Callable[[], flow.StageReport[Any]]] = {
        "prompts": lambda: flow.make_prompts(factory, cell),
        "scenes": lambda: flow.make_scenes(factory, cell),
        "clips": lambda: flow.make_clips(factory, cell, job["workers"]),
        "measurements": lambda: flow.measure_clips(factory, cell, job["workers"]),
        "verdicts": lambda: flow.decide(factory, cell),
        "shards": lambda: flow.make_shards(factory, cell),
        "index": lambda: flow.index_cell(factory, cell),
    }
    return {"made": stages[job["stage"]]().made}


def child(job: dict[str, Any], out: int) -> None:
    os.setsid()
    if job.get("fault"):
        os.environ[FAULT] = json.dumps(job["fault"])
        if not job["fault"].get("alone"):
            install(job["fault"])
    try:
        said: dict[str, Any] = run(job)
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    os.write(out, json.dumps(said).encode())


def warm(specs: Path, key: str) -> None:
    """Import, read and compile what every child would have to, in one thread: others would not live through a fork."""
    import worldfactory.curate
    import worldfactory.federate._training  # noqa: F401
    from worldfactory import flow, prompt, scene
    from worldfactory.records import Cell
    from worldfactory.render import RenderConfig, Renderer

    cell = flow.open_factory(specs, Path("unused")).cell(Cell.parse(key))
    for index in range(cell.factory.clips_per_cell):
        built = scene.build(cell, prompt.prompt(cell, index))
        next(iter(Renderer(built, RenderConfig(width=cell.factory.width, height=cell.factory.height)).frames()))


def serve() -> None:
    warm(Path(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        job = json.loads(line)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            child(job, writer)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        answer = json.loads(said) if said else {}
        answer["signal"] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
elif FAULT in os.environ:  # a worker that a job started
    install(json.loads(os.environ[FAULT]))
