# SPDX-License-Identifier: Apache-2.0
"""The client: one cluster, one identity."""

from __future__ import annotations

from time import monotonic

from ._app import App
from ._conf import Conf
from ._core import Core, Operation, age_ms, milliseconds, time_limit
from ._enums import state_bits
from ._errors import Timeout, make
from ._ffi import address, address_of, byref, encode, flags, lib, path_text, pointer, strings, struct, text
from ._log import LogState, log_level, make_log
from ._logs import Logs, logs_opts
from ._many import Kills, Leftovers, StatusList, Waits, Watch
from ._record import Unique
from ._run import Run, kill_opts, take_operation_diagnosis
from ._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, List, Optional, TypeVar

    from typing_extensions import TypedDict, Unpack

    from ._app import Manifest, Path
    from ._cancel import Cancel
    from ._conf import Properties
    from ._core import Seconds
    from ._enums import State
    from ._many import Killed, Leftover, Waited
    from ._status import Diagnosis

    X = TypeVar("X", bound=Stream[Any])

    class Selection(TypedDict, total=False):
        """Which runs: see Client.list()."""

        namespace: Optional[str]
        name: Optional[str]
        names: Optional[Iterable[str]]
        selector: Optional[str]
        states: Iterable[State]
        older_than: Optional[Seconds]
        min_age: Optional[Seconds]
        max_age: Optional[Seconds]
        drivers_only: bool


class Client(Unique):
    """A connection to one cluster with one identity.

    Without arguments it is kubectl's: $KUBECONFIG or ~/.kube/config, else the service account of the pod that it runs in. The
    keyword arguments are kubectl's options and those of the C header; ``conf`` has Spark's own keys for the submitting client, and
    spark.kubernetes.namespace.

    A client belongs to one thread at a time, and to the process that made it: after ``fork()`` it raises :class:`ForkError`. Messages
    go to the logger "sparkk8s", of the level that it has when the client is made.
    """

    def __init__(self, *, kubeconfig: Path | None = None, context: str | None = None, namespace: str | None = None,
                 server: str | None = None, cluster: str | None = None, user: str | None = None, token: str | None = None,
                 token_file: Path | None = None, ca_file: Path | None = None, cert_file: Path | None = None,
                 key_file: Path | None = None, tls_server_name: str | None = None, insecure_skip_tls_verify: bool = False,
                 impersonate_user: str | None = None, impersonate_uid: str | None = None,
                 impersonate_groups: Iterable[str] | None = None, in_cluster: bool = False, conf: Conf | Properties | None = None,
                 timeout: Seconds | None = None, connect_timeout: Seconds | None = None, exec_timeout: Seconds | None = None,
                 deny_exec_plugins: bool = False, interactive: bool = False, max_in_flight: int = 0,
                 user_agent: str | None = None) -> None:
        log = LogState()
        callback = make_log(log)
        properties = conf if conf is None or isinstance(conf, Conf) else Conf(conf)
        groups = strings(impersonate_groups, "a group")
        given = struct(
            "client_opts", kubeconfig=path_text(kubeconfig), context=encode(context), ns=encode(namespace), server=encode(server),
            cluster=encode(cluster), user=encode(user), token=encode(token, "token"), token_file=path_text(token_file),
            ca_file=path_text(ca_file), cert_file=path_text(cert_file), key_file=path_text(key_file),
            tls_server_name=encode(tls_server_name), insecure_skip_tls_verify=int(insecure_skip_tls_verify),
            impersonate_user=encode(impersonate_user), impersonate_uid=encode(impersonate_uid), impersonate_groups=address(groups),
            in_cluster=int(in_cluster), conf=None if properties is None else properties._conf, timeout_ms=milliseconds(timeout),
            connect_timeout_ms=milliseconds(connect_timeout), exec_timeout_ms=milliseconds(exec_timeout),
            deny_exec_plugins=int(deny_exec_plugins), interactive=int(interactive), max_in_flight=max_in_flight,
            user_agent=encode(user_agent), log=address_of(callback), log_level=log_level())
        self._core = Core(make(lib.client_new, byref(given)), callback, log)
        log.pass_on()

    # ---- life

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes every connection; what was opened from it raises :class:`ClosedError` from then on. What was submitted runs on."""
        self._core.close()

    def __repr__(self) -> str:
        return "<Client, closed>" if self._core.closed else f"<Client of {self.server}, namespace {self.namespace}>"

    def fileno(self) -> int:
        """A descriptor that is readable when there is work, for ``select()``; never read or close it."""
        self._core.check()
        return self._core.fd

    @property
    def server(self) -> str:
        """"https://host:6443"."""
        return text(self._core.call_void(lib.client_server, self._core.handle))

    @property
    def namespace(self) -> str:
        """Where runs are looked for, if nothing else is said. An application has its own: see :attr:`App.namespace`."""
        return text(self._core.call_void(lib.client_ns, self._core.handle))

    # ---- submit

    def _submit(self, what: App | Manifest, key: str | None, dry_run: bool, stored: bool, timeout: Seconds | None) -> Operation:
        manifest = what.render(key=key) if isinstance(what, App) else what
        key = key if key is not None else manifest.key
        given = struct("submit_opts", key=encode(key, "a key"), flags=flags("SUBMIT", dry_run=dry_run, stored=stored))

        def take(operation: Any) -> Run:
            return Run(self._core, pointer(lib.operation_take_run(operation)), key)

        def undo(run: Run) -> Operation | None:
            """Submitted before it could be canceled. With a key the driver may be of another submitter, and the key finds it."""
            return None if key is not None else run._kill(None, None, False, None)

        return Operation(self._core, lib.begin_submit, self._core.handle, manifest._handle, byref(given), timeout=timeout, take=take,
                         keep=(manifest, given), undo=None if dry_run else undo)

    def submit(self, what: App | Manifest, *, key: str | None = None, dry_run: bool = False, stored: bool = False,
               timeout: Seconds | None = None, cancel: Cancel | None = None) -> Run:
        """Submits an application, or a manifest that was rendered of one, and returns when its driver may start.

        All or nothing: what fails or is interrupted half-way leaves nothing that could run; an interruption (Ctrl-C, what a signal's
        handler raises) goes on when what was created is removed, five seconds later if the server is silent; a second one at once. The same ``key`` and the same
        application never start two drivers, whoever submits and however often; another application under it is
        :class:`AlreadyExists`. ``dry_run`` lets the server validate, and creates nothing. ``stored`` says that the caller has stored
        the manifest's :attr:`Manifest.uploads` itself.
        """
        run: Run = self._submit(what, key, dry_run, stored, timeout).run(cancel)
        return run

    async def submit_async(self, what: App | Manifest, *, key: str | None = None, dry_run: bool = False, stored: bool = False,
                           timeout: Seconds | None = None) -> Run:
        """:meth:`submit` for asyncio. Canceling the task cancels the submission; what it has created is removed first."""
        run: Run = await self._submit(what, key, dry_run, stored, timeout).run_async()
        return run

    # ---- what was submitted

    def _by_id(self, begin: Any, id: str, namespace: str | None, timeout: Seconds | None, take: Callable[[Any], Any]) -> Operation:
        return Operation(self._core, begin, self._core.handle, encode(namespace), encode(id, "an id"), timeout=timeout, take=take)

    def _open(self, id: str, namespace: str | None, timeout: Seconds | None) -> Operation:
        return self._by_id(lib.begin_open, id, namespace, timeout,
                           lambda operation: Run(self._core, pointer(lib.operation_take_run(operation))))

    def open(self, id: str, *, namespace: str | None = None, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Run:
        """The run that somebody submitted: by its app id, driver pod, submission key, or "<namespace>:<driver pod>"."""
        run: Run = self._open(id, namespace, timeout).run(cancel)
        return run

    async def open_async(self, id: str, *, namespace: str | None = None, timeout: Seconds | None = None) -> Run:
        """:meth:`open` for asyncio."""
        run: Run = await self._open(id, namespace, timeout).run_async()
        return run

    def explain(self, id: str, *, namespace: str | None = None, timeout: Seconds | None = None, cancel: Cancel | None = None) -> Diagnosis:
        """Why a run failed, is stuck or slow; of one whose driver pod is gone, what its events still tell."""
        found: Diagnosis = self._by_id(lib.begin_explain, id, namespace, timeout, take_operation_diagnosis).run(cancel)
        return found

    async def explain_async(self, id: str, *, namespace: str | None = None, timeout: Seconds | None = None) -> Diagnosis:
        """:meth:`explain` for asyncio."""
        found: Diagnosis = await self._by_id(lib.begin_explain, id, namespace, timeout, take_operation_diagnosis).run_async()
        return found

    def list(self, *, cancel: Cancel | None = None, **selection: Unpack[Selection]) -> StatusList:
        """The runs as they are, the oldest first: an iterator of :class:`Status`.

        Which ones: ``namespace`` is one, several with commas, or "*"; ``name`` a pattern for the driver pod or the application
        ("etl-*"); ``names`` several of these, or ids as for :meth:`open`; ``selector`` Kubernetes labels; ``states`` some
        :class:`State`; ``older_than`` how long ago it ended at least; ``min_age`` and ``max_age`` how long ago it was submitted. With
        ``drivers_only`` executors, which are most of the pods, are neither read nor counted.
        """
        return self._select(StatusList, lib.list_open, cancel=cancel, **selection)

    def list_async(self, **selection: Unpack[Selection]) -> StatusList:
        """:meth:`list` for ``async for``."""
        return self.list(**selection)

    def watch(self, *, cancel: Cancel | None = None, **selection: Unpack[Selection]) -> Watch:
        """One stream for any number of runs: the present status of each, then one for each change, without end.

        Lost connections are recovered from inside; nothing comes twice, and a run that vanished unseen comes as LOST. The arguments
        are those of :meth:`list`.
        """
        return self._select(Watch, lib.watch_open, cancel=cancel, **selection)

    def watch_async(self, **selection: Unpack[Selection]) -> Watch:
        """:meth:`watch` for ``async for``."""
        return self.watch(**selection)

    def wait(self, timeout: Seconds | None = None, *, until: Iterable[State] = (), any: bool = False, cancel: Cancel | None = None,
             **selection: Unpack[Selection]) -> Waited:
        """Waits, on one watch, until all runs that a selection finds now (as of :meth:`list`) have ended, or ``any`` one; ``until``
        says in which states they are wished instead. It is over, too, when the rest cannot be so any more.

        :class:`NotFound` if there is no such run, or none of one of the ``names``; :class:`Timeout` if the time runs out.
        """
        with self._wait(until, any, cancel, selection) as waits:
            limit = time_limit(timeout)
            deadline = None if limit is None else monotonic() + limit
            while waits.read(None if deadline is None else max(0.0, deadline - monotonic())) is not None:
                pass
            return waits.waited()

    async def wait_async(self, timeout: Seconds | None = None, *, until: Iterable[State] = (), any: bool = False,
                         **selection: Unpack[Selection]) -> Waited:
        """:meth:`wait` for asyncio."""
        import asyncio

        async with self._wait(until, any, None, selection) as waits:
            try:
                return await asyncio.wait_for(_to_the_end(waits), time_limit(timeout))
            except asyncio.TimeoutError as error:
                if isinstance(error, Timeout):
                    raise
                raise Timeout("what was waited for did not come within the time limit", retriable=True) from None

    def _wait(self, until: Iterable[State], any: bool, cancel: Cancel | None, selection: Selection) -> Waits:
        given = struct("wait_opts", states=state_bits(until), flags=flags("WAIT", any=any))
        return self._select(Waits, lib.wait_open, byref(given), cancel=cancel, **selection)

    def _kill(self, only_claim: str | None, grace: Seconds | None, wait: bool, dry_run: bool, all: bool, cancel: Cancel | None,
              selection: Selection) -> Kills:
        opts = kill_opts(only_claim, grace, flags("KILL", wait=wait, dry_run=dry_run, all=all))
        return self._select(Kills, lib.kills_open, byref(opts), cancel=cancel, **selection)

    def kill(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False, dry_run: bool = False,
             all: bool = False, cancel: Cancel | None = None, **selection: Unpack[Selection]) -> List[Killed]:
        """Kills all runs that a selection finds (as of :meth:`list`), those that have not ended unless it says states or ages of their
        end. All are tried; the result tells of each whether it worked.

        ``dry_run`` tells what would be killed. A selection that leaves nothing out is refused without ``all``. The others are as of
        :meth:`Run.kill`.
        """
        with self._kill(only_claim, grace, wait, dry_run, all, cancel, selection) as kills:
            return [*kills]

    async def kill_async(self, *, only_claim: str | None = None, grace: Seconds | None = None, wait: bool = False,
                         dry_run: bool = False, all: bool = False, **selection: Unpack[Selection]) -> List[Killed]:
        """:meth:`kill` for asyncio."""
        async with self._kill(only_claim, grace, wait, dry_run, all, None, selection) as kills:
            return [killed async for killed in kills]

    def logs(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, container: str | None = None,
             previous: bool = False, executors: bool = False, driver: bool = False, max_streams: int = 0, cancel: Cancel | None = None,
             **selection: Unpack[Selection]) -> Logs:
        """The logs of all runs that a selection finds (as of :meth:`list`) in one stream; ``line.pod`` says whose line it is. The
        other arguments are those of :meth:`Run.logs`."""
        given = logs_opts(follow, position, tail_lines, None, container, previous, executors, driver, max_streams)
        return self._select(Logs, lib.logs_open_select, byref(given), cancel=cancel, **selection)

    def logs_async(self, *, follow: bool = True, position: str | None = None, tail_lines: int = 0, container: str | None = None,
                   previous: bool = False, executors: bool = False, driver: bool = False, max_streams: int = 0,
                   **selection: Unpack[Selection]) -> Logs:
        """:meth:`logs` for ``async for``."""
        return self.logs(follow=follow, position=position, tail_lines=tail_lines, container=container, previous=previous,
                         executors=executors, driver=driver, max_streams=max_streams, **selection)

    def _gc(self, delete: bool, namespace: str | None, silent: Seconds | None, finished_older_than: Seconds | None,
            cancel: Cancel | None) -> Leftovers:
        given = struct("gc_opts", ns=encode(namespace), silent_ms=age_ms(silent), finished_older_than_ms=age_ms(finished_older_than),
                       flags=flags("GC", delete=delete))
        return Leftovers._opened(self._core, lib.gc_open, self._core.handle, byref(given), cancel=cancel)

    def gc(self, *, delete: bool = False, namespace: str | None = None, silent: Seconds | None = None,
           finished_older_than: Seconds | None = None, cancel: Cancel | None = None) -> List[Leftover]:
        """What nobody needs any more: submissions that died, objects without their driver, and with ``finished_older_than`` drivers that
        ended so long ago. With ``delete`` it is deleted, else only told. What is alive is never touched.

        ``silent`` is how long a submission must have shown no sign of life.
        """
        with self._gc(delete, namespace, silent, finished_older_than, cancel) as leftovers:
            return [*leftovers]

    async def gc_async(self, *, delete: bool = False, namespace: str | None = None, silent: Seconds | None = None,
                       finished_older_than: Seconds | None = None) -> List[Leftover]:
        """:meth:`gc` for asyncio."""
        async with self._gc(delete, namespace, silent, finished_older_than, None) as leftovers:
            return [leftover async for leftover in leftovers]

    def _select(self, stream: type[X], function: Any, *more: Any, cancel: Cancel | None, namespace: str | None = None,
                name: str | None = None, names: Iterable[str] | None = None, selector: str | None = None, states: Iterable[State] = (),
                older_than: Seconds | None = None, min_age: Seconds | None = None, max_age: Seconds | None = None,
                drivers_only: bool = False) -> X:
        several = strings(names, "a name")
        given = struct("select", ns=encode(namespace), name_glob=encode(name), label_selector=encode(selector), names=address(several),
                       states=state_bits(states), older_than_ms=age_ms(older_than), min_age_ms=age_ms(min_age), max_age_ms=age_ms(max_age),
                       flags=flags("SELECT", drivers_only=drivers_only))
        return stream._opened(self._core, function, self._core.handle, byref(given), *more, cancel=cancel)


async def _to_the_end(waits: Waits) -> Waited:
    async for _ in waits:
        pass
    return waits.waited()
