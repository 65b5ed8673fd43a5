# SPDX-License-Identifier: Apache-2.0
"""Run Apache Spark applications on Kubernetes, without a JVM and without an operator: libsparkk8s for Python.

    from sparkk8s import App, Client

    app = App("local:///opt/spark/examples/jars/spark-examples.jar", main_class="org.apache.spark.examples.SparkPi",
              conf={"spark.kubernetes.container.image": "apache/spark:4.1.0"})
    with Client() as client:
        run = client.submit(app)
        for line in run.logs():
            print(line)
        run.wait().raise_for_verdict()

Everything that waits has a twin for asyncio, ``submit_async`` and so on, and streams are iterators of both kinds. The library is found
in this package, or named by the environment variable SPARKK8S_LIBRARY.
"""

from ._app import App, Difference, Manifest, Upload, Volume, spark_lines
from ._cancel import Cancel
from ._client import Client
from ._conf import Conf, known_keys
from ._enums import Cause, ErrorCode, GcReason, LogKind, Role, State
from ._errors import (AlreadyExists, AuthError, Canceled, ClosedError, ConfError, ConnectError, Forbidden, ForkError, InUseError,
                      InvalidArgument, LocalIOError, NotFound, OutOfMemory, ParseError, RunFailed, ServerError, SparkK8sError, Timeout,
                      UploadError)
from ._ffi import LibraryError, library_version
from ._header import VERSION as __version__
from ._logs import LogLine, Logs
from ._many import Killed, Leftover, StatusList, Waited, Watch
from ._run import Run
from ._spark_submit import spark_submit
from ._status import Diagnosis, Status

__all__ = [
    "AlreadyExists", "App", "AuthError", "Cancel", "Canceled", "Cause", "Client", "ClosedError", "Conf", "ConfError", "ConnectError",
    "Diagnosis", "Difference", "ErrorCode", "Forbidden", "ForkError", "GcReason", "InUseError", "InvalidArgument", "Killed", "Leftover",
    "LibraryError", "LocalIOError", "LogKind", "LogLine", "Logs", "Manifest", "NotFound", "OutOfMemory", "ParseError", "Role", "Run", "RunFailed", "ServerError",
    "SparkK8sError", "State", "Status", "StatusList", "Timeout", "Upload", "UploadError", "Volume", "Waited", "Watch", "__version__",
    "known_keys", "library_version", "spark_lines", "spark_submit",
]

for _name in __all__:       # where users find them, in messages too
    if not isinstance(globals()[_name], str):
        globals()[_name].__module__ = __name__
del _name
