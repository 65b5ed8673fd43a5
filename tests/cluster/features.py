# SPDX-License-Identifier: Apache-2.0
"""One application that uses what a submission can ask for, submitted by us and by the real spark-submit: the real driver accepts it, sees all
of it, and has the same configuration.

Secrets (mounted, and as environment), pod templates of both roles, volumes (a claim of a static volume, one on demand, emptyDir, hostPath),
files and py-files that are uploaded, local directories on a volume, node selector, annotations, Python, one executor.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import LOCAL_CLUSTER

HERE = Path(__file__).resolve().parent / "features"
NS = "spark"
RELEASES = {"3.5": "3.5.8", "4.1": "4.1.4", "4.3": "4.3.0"}

# What differs from one submission to the next of the same application.
EACH_ITS_OWN = re.compile(r"spark-[0-9a-f]{32}|(spark-upload|blockmgr)-[0-9a-f-]{36}|features-py-[0-9a-f]{16}|\b1[0-9]{12}\b|\b[0-9a-f]{16}\b|"
                          r"\b10\.244\.\d+\.\d+\b")
# The driver's own doings at run time: ports that it picked, when it started, what its JVM found.
AT_RUN_TIME = re.compile(r"spark\.(app\.startTime|app\.submitTime|app\.initial\..*|driver\.host|executor\.id)")

MANIFESTS = """
apiVersion: v1
kind: Secret
metadata: {{name: seen, namespace: spark}}
stringData: {{password: open sesame}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: {volume}}}
spec:
  capacity: {{storage: 1Gi}}
  accessModes: [ReadWriteMany]
  storageClassName: ""
  persistentVolumeReclaimPolicy: Retain
  hostPath: {{path: "{folder}/claim"}}
  claimRef: {{name: shared, namespace: spark}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: shared, namespace: spark}}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: {volume}
  resources: {{requests: {{storage: 1Gi}}}}
"""


def prepare(folder):
    """What the application finds on the node, and where its files are uploaded to: one folder, as the node's disk is this machine's."""
    for name in ("claim", "host", "uploads", "home"):
        (folder / name).mkdir()
    (folder / "host/marker.txt").write_text("a file of the node\n")
    (folder / "table.csv").write_text("1,one\n")
    for path in [folder, *folder.iterdir()]:
        path.chmod(0o777 if path.is_dir() else 0o644)


def volumes(folder):
    """As (role, kind, name, {property: value})."""
    host = str(folder / "host")
    uploads = str(folder / "uploads")
    for role in ("driver", "executor"):
        yield role, "persistentVolumeClaim", "claim", {"mount.path": "/volumes/claim", "options.claimName": "shared"}
        yield role, "emptyDir", "scratch", {"mount.path": "/volumes/scratch", "options.sizeLimit": "64Mi"}
        yield role, "hostPath", "host", {"mount.path": "/volumes/host", "mount.readOnly": "true", "options.path": host}
        yield role, "hostPath", "uploads", {"mount.path": uploads, "options.path": uploads, "mount.readOnly": "true"}
        yield role, "emptyDir", "spark-local-dir-1", {"mount.path": "/scratch-one"}
    yield "driver", "persistentVolumeClaim", "ondemand", {
        "mount.path": "/volumes/ondemand", "options.claimName": "OnDemand", "options.storageClass": "standard", "options.sizeLimit": "1Gi"}


def properties(folder, release):
    conf = {
        "spark.kubernetes.namespace": NS,
        "spark.kubernetes.container.image": f"localhost/spark:{release}",
        "spark.kubernetes.authenticate.driver.serviceAccountName": "spark",
        "spark.kubernetes.driver.request.cores": "0.2", "spark.kubernetes.executor.request.cores": "0.2",
        "spark.kubernetes.driver.podTemplateFile": HERE / "driver.yaml",
        "spark.kubernetes.executor.podTemplateFile": HERE / "executor.yaml",
        "spark.kubernetes.file.upload.path": f"file://{folder}/uploads",
        "spark.kubernetes.node.selector.kubernetes.io/os": "linux",
        "spark.kubernetes.driver.annotation.example.test/note": "a: b, {{APP_ID}}",
        "spark.kubernetes.driver.label.tier": "batch", "spark.kubernetes.executor.label.tier": "batch",
        "spark.kubernetes.driverEnv.SEEN_ENV": "an äöü value with = and ,", "spark.executorEnv.SEEN_ENV": "an executor's value",
        "spark.kubernetes.submission.connectionTimeout": "60000", "spark.kubernetes.submission.requestTimeout": "60000",
        "spark.sql.shuffle.partitions": "3", "spark.hadoop.some.setting": "x=y:z # not a comment \\ tail",
        "spark.driver.extraJavaOptions": "-Dsome.property=\"two words\"",
    }
    for role in ("driver", "executor"):
        conf[f"spark.kubernetes.{role}.secrets.seen"] = "/etc/seen-secret"
        conf[f"spark.kubernetes.{role}.secretKeyRef.SEEN_SECRET"] = "seen:password"
    for role, kind, name, options in volumes(folder):
        conf.update({f"spark.kubernetes.{role}.volumes.{kind}.{name}.{key}": value for key, value in options.items()})
    return conf


def arguments(server, folder, release):
    flags = ["--master", f"k8s://{server}", "--deploy-mode", "cluster", "--name", "features.py", "--num-executors", "1", "--executor-memory", "512m",
             "--files", f"{folder}/table.csv", "--py-files", str(HERE / "greeting.py")]
    for key, value in properties(folder, release).items():
        flags += ["--conf", f"{key}={value}"]
    return [*flags, str(HERE / "app.py"), "an argument", "--like-an-option"]


def normal(text, folder):
    return EACH_ITS_OWN.sub("*", text.replace(str(folder), "FOLDER"))


def seen(log):
    found = re.search(r"^SEEN (\{.*\})$", log, re.M)
    return json.loads(found[1]) if found else None


def by_us(c, server, folder, release):
    done = c.run("submit", "-n", NS, "--wait", "--logs", *arguments(server, folder, release))
    return done.returncode == 0, seen(done.stdout), f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def by_spark(c, server, folder, line, release):
    home = Path(subprocess.run([LOCAL_CLUSTER, "distribution", line], check=True, text=True, stdout=subprocess.PIPE).stdout.split()[-1])
    done = subprocess.run(
        [str(home / "deps/bin/spark-submit"), *arguments(server, folder, release)], text=True, timeout=400,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**c.env, "HOME": str(folder / "home"), "SPARK_HOME": str(home / "deps"),
             **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {})})
    pods = c.objects("pods", "spark-role=driver,spark-app-name=features-py")
    newest = max(pods, key=lambda p: p["metadata"]["creationTimestamp"], default=None)
    log = c.kubectl("logs", "-n", NS, newest["metadata"]["name"], check=False) if newest else ""
    return done.returncode == 0, seen(log), f"exit {done.returncode}\n{done.stdout[-3000:]}\n{log[-3000:]}"


def expectations(ours):
    """(what, whether) of what our own driver and executor saw."""
    for role in ("driver", "executor"):
        view = ours[role]
        yield f"{role}: secret as environment and as file", view["secret_env"] == view["secret_file"] == "open sesame"
        yield f"{role}: environment of the template", view["template_env"] == f"template of the {role}"
        yield f"{role}: a claim of a static volume is writable", view["claim"] == f"{role} was here"
        yield f"{role}: emptyDir is writable", view["scratch"] == role
        yield f"{role}: hostPath", view["host"] == "a file of the node"
        yield f"{role}: local directories on their volume", view["local_dirs"].startswith("/scratch-one") and view["local_dirs_there"]
        yield f"{role}: --py-files", view["greeting"] == f"hello, {role}"
        yield f"{role}: --files", view["file"] == "1,one"
    yield "driver: a claim on demand is writable", ours["driver"]["ondemand"] == "driver"
    yield "driver: environment", ours["driver"]["user"] == "an äöü value with = and ,"
    yield "arguments", ours["arguments"] == ["an argument", "--like-an-option"]


def compare(c, line, ours, theirs, folder):
    """The two drivers' configurations, key by key."""
    left, right = ({normal(k, folder): normal(v, folder) for k, v in view["conf"].items() if not AT_RUN_TIME.fullmatch(k)}
                   for view in (ours, theirs))
    different = {k: (left.get(k), right.get(k)) for k in sorted({*left, *right}) if left.get(k) != right.get(k)}
    c.count.check(not different and len(left) > 40, f"{line}: the driver's {len(left)} settings are those of the real spark-submit's",
                  json.dumps(different, indent=1))
    rest = [normal(json.dumps({k: v for k, v in view.items() if k != "conf"}, indent=1), folder) for view in (ours, theirs)]
    c.count.check(rest[0] == rest[1], f"{line}: both drivers and executors saw the same", "\n".join(rest))


def one_line(c, line, folder):
    release = RELEASES[line]
    server = json.loads(c.kubectl("config", "view", "-o", "json"))["clusters"][0]["cluster"]["server"]
    ok, ours, report = by_us(c, server, folder, release)
    if not c.count.check(ok and ours is not None, f"{line}: an application that uses everything runs to success", report):
        return
    wrong = [what for what, right in expectations(ours) if not right]
    c.count.check(not wrong, f"{line}: it saw all of it", f"{wrong}\n{json.dumps(ours, indent=1)[:4000]}")
    c.clear()
    ok, theirs, report = by_spark(c, server, folder, line, release)
    if c.count.check(ok and theirs is not None, f"{line}: so does the real spark-submit's", report):
        compare(c, line, ours, theirs, folder)
    c.clear()


def features(c):
    """All lines in turn, in a folder that the node sees too."""
    folder = Path(tempfile.mkdtemp(prefix="features-"))
    names = {"volume": f"features-{os.getpid()}", "folder": folder}
    try:
        prepare(folder)
        subprocess.run([LOCAL_CLUSTER, "image", "--name", c.name, *RELEASES], check=True)
        subprocess.run([*c.kubectl_command, "apply", "-f", "-"], input=MANIFESTS.format(**names), text=True,
                       check=True, stdout=subprocess.DEVNULL)
        for line in RELEASES:
            one_line(c, line, folder)
    finally:
        c.kubectl("delete", "-n", NS, "--ignore-not-found", "secret/seen", "pvc/shared", f"pv/{names['volume']}", check=False)
        shutil.rmtree(folder)
