"""Where work is done: in this process, in worker processes of this machine, or on a Dask cluster.

All three are executors of `concurrent.futures`, so whoever hands out work does not know which one it is.  A function
that is handed out stands in a module, and takes and gives plain values.  On a cluster the workers have kpatchlint
installed and see the files under the same names.  Example:

    with opened(2) as executor:
        for key, result in done(executor, work, {"a": 1, "b": 2}): ...
"""

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import TypeVar

from kpatchlint.errors import UserError
from kpatchlint.garbage import collect_seldom

K = TypeVar("K")
V = TypeVar("V")
W = TypeVar("W")

DASK = "dask="


@contextmanager
def opened(jobs: int, where: str = "") -> Iterator[concurrent.futures.Executor]:
    """An executor of so many processes, or that of a cluster, `dask=ADDRESS`; what waits is dropped when it is left.

    Raises `UserError` for a cluster that cannot be reached, and when a worker process of this machine dies.
    """
    if where:
        executor = _cluster(where)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
        return
    here = concurrent.futures.ProcessPoolExecutor(jobs, initializer=collect_seldom)
    finished = False
    try:
        yield here
        finished = True
    except concurrent.futures.BrokenExecutor as error:
        raise UserError("a worker process died", cure="run it again: what was done is kept; use -j 1") from error
    finally:
        # nobody waits for what was interrupted; one that still shuts down when Python ends complains of a closed pipe
        here.shutdown(wait=finished, cancel_futures=True)


def local(jobs: int, tasks: int) -> AbstractContextManager[concurrent.futures.Executor | None]:
    """An executor of so many processes of this machine; None, which is this process, where that is enough."""
    return nullcontext() if jobs == 1 or tasks < 2 else opened(min(jobs, tasks))


def spread(executor: concurrent.futures.Executor | None, call: Callable[[W], V], work: Iterable[W]) -> Iterator[V]:
    """The results of `call` in the order of its work; an executor begins at once."""
    return map(call, work) if executor is None else executor.map(call, work)


def _cluster(where: str) -> concurrent.futures.Executor:
    address = where.removeprefix(DASK)
    if address == where or not address:
        raise UserError(f"--executor {where}: no such executor", cure="write it as dask=ADDRESS")
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise UserError("--executor needs Dask", cure="pip install 'kpatchlint[dist]'") from error
    try:
        executor: concurrent.futures.Executor = distributed.Client(address).get_executor(pure=False)
    except (OSError, ValueError) as error:
        cure = "name a scheduler that runs, as tcp://HOST:8786"
        raise UserError(f"--executor {where}: cannot be reached: {error}", cure=cure) from error
    return executor


def done(
    executor: concurrent.futures.Executor | None, call: Callable[[W], V], work: Mapping[K, W]
) -> Iterator[tuple[K, V]]:
    """The results of `call` by the keys of its work, as they come; in their order, and here, without an executor."""
    if executor is None:
        yield from ((key, call(given)) for key, given in work.items())
        return
    futures = {executor.submit(call, given): key for key, given in work.items()}
    for future in concurrent.futures.as_completed(futures):
        yield futures[future], future.result()
