# SPDX-License-Identifier: Apache-2.0
"""What needs no server: usage, help, completion, man page, render, exit codes of bad input."""
import json
import re
import socket
import subprocess

from harness import ROOT
from tool import APP

COMMANDS = ["submit", "render", "conf", "diff", "spark-submit", "list", "status", "explain", "watch", "wait", "logs", "kill", "gc", "version", "help"]
EXIT_CODES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 130, 143]
IMAGE = ["--conf", "spark.kubernetes.container.image=i:4.1.4"]
FIXED = ["--app-id", "spark-" + "a" * 32, "--id-seed", "seed", "--now-ms", "1795239528000"]


def options_of(tool, command):
    """As completion tells them."""
    return [line.split("\t")[0] for line in tool.run("__complete", "--", command, "--").stdout.splitlines()]


def usage(tool):
    cases = [
        ([], "a command is missing", "sparkk8s help"),
        (["lits"], "there is no command 'lits'", "did you mean 'list'?"),
        (["--nonsense"], "unknown option '--nonsense'", "sparkk8s help"),
        (["submit", "--wiat", *APP], "unknown option '--wiat'", "did you mean '--wait'?"),
        (["submit", "--executor-memroy", "1g", *APP], "unknown option '--executor-memroy'", "did you mean '--executor-memory'?"),
        (["list", "-o", "xml"], "-o xml", "table, wide, json, yaml, name"),
        (["submit", "-o", "wide", *APP], "-o wide", "json, name"),
        (["-o", "wide", "render", *APP], "-o wide", "json, yaml, name"),
        (["list", "--state", "RUNNING,SLEEPING"], "'SLEEPING' is no state", "TERMINATING"),
        (["list", "--older-than", "2 weeks"], "not a duration", "1h30m"),
        (["list", "--older-than", "99999999999999999999d"], "not a duration", "1h30m"),
        (["logs", "x", "--tail", "-1"], "not a number", ""),
        (["logs", "x", "--tail", "0"], "--tail 0", ""),
        (["logs"], "logs needs RUN", "sparkk8s help logs"),
        (["explain", "a", "b"], "unexpected argument 'b'", "sparkk8s help explain"),
        (["logs", "a", "--executors", "--pod", "b"], "--pod is one pod", ""),
        (["logs", "a", "--no-prefix"], "for the logs of several pods", "--executors"),
        (["status", "a", "-n"], "-n needs a value", ""),
        (["logs", "a", "--container="], "--container: the value is empty", ""),
        (["kill", "--now=yes", "a"], "--now=yes: this is a switch", "true, false"),
        (["kill", "--now", "--grace", "5", "a"], "contradict", ""),
        (["gc", "--delete", "--dry-run"], "contradict", ""),
        (["gc", "x"], "unexpected argument 'x'", "sparkk8s help gc"),
        (["kill", "--dry-run", "--wait", "a*"], "nothing to wait for", ""),
        (["kill", "-s", "http://127.0.0.1:1"], "this would kill all runs of namespace default", "--all"),
        (["kill", "-A", "*", "-s", "http://127.0.0.1:1"], "this would kill all runs of all namespaces", "--all"),
        (["wait", "--for", "success", "a"], "--for success", "state=STATE"),
        (["wait", "--for", "state=DONE", "a"], "'DONE' is no state", "TERMINATING"),
        (["watch", "a", "-A", "--logs"], "for a single run", "sparkk8s help watch"),
        (["watch", "--logs"], "for a single run", "sparkk8s help watch"),
        (["watch", "a", "--logs", "-o", "json"], "would both write to stdout", ""),
        (["submit", "--dry-run", "--wait", *APP], "nothing to wait for", ""),
        (["submit", "-o", "json", "--logs", *APP], "would both write to stdout", ""),
        (["submit", "--start-timeout", "5", *APP], "--start-timeout goes with --wait", ""),
        (["render", "-o", "name", "--executor", *APP], "-o name and --executor", "-o json"),
        (["help", "nothing"], "there is no command 'nothing'", ""),
    ]
    for args, said, hint in cases:
        done = tool.run(*args)
        lines = done.stderr.splitlines()
        ok = done.returncode == 2 and not done.stdout and lines[0].startswith("sparkk8s: ") and said in lines[0]
        ok = ok and (not hint or len(lines) == 2 and lines[1].startswith("hint: ") and hint in lines[1])
        tool.check(ok, f"usage: {' '.join(args[:4])}", done)


def spark_arguments(tool):
    """Ours are picked out before the primary resource only, and never out of the value of another option."""
    render = ["render", "-o", "name", *FIXED]
    done = tool.run(*render, *IMAGE, "local:///a.jar", "--class", "A")
    tool.check(done.returncode == 2, "an option after the resource is the application's: --class is missing", done)
    done = tool.run("render", "-o", "json", *FIXED, "--class", "A", *IMAGE, "local:///a.jar", "--wait", "-n", "x", "--", "-o", "yaml")
    args = json.loads(done.stdout)["items"][0]["spec"]["containers"][0]["args"] if done.returncode == 0 else []
    tool.check(args[-6:] == ["--wait", "-n", "x", "--", "-o", "yaml"], "what follows the resource is the application's, verbatim", (done, args))
    tool.exits(2, "--conf --wait is a property without '='", "render", "--conf", "--wait", *APP, said="--conf")
    done = tool.run("render", "-o", "json", *FIXED, "--class", "A", "--name", "--wait", *IMAGE, "local:///a.jar")
    tool.check(done.returncode == 0 and '"spark-app-name": "wait"' in done.stdout.replace("--wait", "wait"), "--name --wait is a name", done)
    tool.exits(2, "an option of spark-submit without its value", "submit", "--name", said="--name")
    tool.exits(2, "no resource", "submit", "--class", "A", said="resource")
    done = tool.run("render", "-o", "json", "-nteam", "--class=A", "-c", IMAGE[1], *FIXED, "local:///a.jar")
    tool.check(done.returncode == 0 and '"namespace": "team"' in done.stdout, "-nNS, --opt=value and -c", done)
    done = tool.run("-n", "team", "render", "-o", "json", "--class=A", *IMAGE, *FIXED, "local:///a.jar")
    tool.check(done.returncode == 0 and '"namespace": "team"' in done.stdout, "common options may stand before the command", done)


def render(tool):
    args = ["--class", "A", *IMAGE, "local:///a.jar"]
    done = tool.run("render", "-o", "json", *FIXED, *args)
    if not tool.check(done.returncode == 0, "render -o json needs no cluster", done):
        return
    document = json.loads(done.stdout)
    kinds = [item["kind"] for item in document["items"]]
    tool.check((document["apiVersion"], document["kind"]) == ("v1", "List"), "render: one v1 List", done)
    tool.check(kinds[0] == "Pod" and kinds[1] == "Service" and kinds[-1] == "ConfigMap", "render: spark-submit's order of creation", kinds)
    tool.check("schedulingGates" not in done.stdout and "ownerReferences" not in done.stdout, "render: no gate, no owners", done)
    again = tool.run("render", "-o", "json", *FIXED, *args)
    tool.check(again.stdout == done.stdout, "render: the same bytes for the same ids and time", again)
    other = tool.run("render", "-o", "json", *args)
    tool.check(other.stdout != done.stdout, "render: otherwise new names every time")
    names = tool.run("render", "-o", "name", *FIXED, *args).stdout.splitlines()
    tool.check(names == [f"{i['kind']}/{i['metadata']['name']}" for i in document["items"]], "render -o name", names)
    yaml = tool.run("render", *FIXED, *args)
    explicit = tool.run("render", "-o", "yaml", *FIXED, *args)
    tool.check(yaml.stdout == explicit.stdout and len(re.findall(r"^kind: ", yaml.stdout, re.M)) == len(kinds), "render: YAML by default", yaml)
    keyed = [tool.run("render", "-o", "name", "--key", "k", *args).stdout for _ in range(2)]
    tool.check(keyed[0] == keyed[1] != "", "render --key: the names that submit would use", keyed)
    ignored = tool.run("render", "-o", "name", "--wait", "--logs", "--kubeconfig", "/nonexistent", "--start-timeout", "5", *FIXED, *args)
    tool.check(ignored.returncode == 0 and ignored.stdout.splitlines() == names, "render takes the options of submit", ignored)
    old = tool.run("render", "-o", "json", "--spark-version", "3.5", *FIXED, *args)
    tool.check(old.returncode == 0 and '"spark-version": "3.5' in old.stdout, "render --spark-version", old)
    tool.exits(2, "render: an unknown Spark line", "render", "--spark-version", "1.6", *args, said="1.6")
    tool.exits(2, "render: a bad property", "render", "--conf", "spark.driver.memory=1gg", *args, said="spark.driver.memory")
    home = tool.folder / "conf"
    home.mkdir()
    (home / "spark-defaults.conf").write_text("spark.app.name from-defaults\n")
    done = tool.run("render", "-o", "json", *args, env={"SPARK_CONF_DIR": str(home)})
    tool.check("from-defaults" in done.stdout, "spark-defaults.conf of SPARK_CONF_DIR is read", done)


def uploads(tool):
    """Files of this machine: said, not done."""
    place, data = tool.folder / "shared", tool.folder / "data.txt"
    data.write_text("data")
    args = ["--class", "A", *IMAGE, "--files", f"{data},https://h/r.txt", "--conf", f"spark.kubernetes.file.upload.path={place}", "local:///a.jar"]
    done = tool.run("render", "-o", "json", *args)
    note = rf"note: submit stores {re.escape(str(data))} as {re.escape(str(place))}/spark-upload-[0-9a-f-]{{36}}/data.txt\n"
    tool.check(done.returncode == 0 and re.fullmatch(note, done.stderr) and "data.txt,https://h/r.txt" in done.stdout, "render says what submit stores where", done)
    tool.check(not place.exists(), "render stores nothing")
    keyed = [tool.run("render", "-o", "name", "--key", "k", *args).stderr for _ in range(2)]
    tool.check(keyed[0] == keyed[1] != "", "render --key: where submit would store it", keyed)
    tool.exits(2, "render: a file that is not there", "render", "--class", "A", *IMAGE, "--jars", "/nonexistent/a.jar", "--conf",
               f"spark.kubernetes.file.upload.path={place}", "local:///a.jar", said=["/nonexistent/a.jar", "does not exist", "from --jars"])
    tool.exits(2, "render: no upload path", "render", "--class", "A", *IMAGE, str(data), said=["Please specify spark.kubernetes.file.upload.path", "hint: "])
    tool.exits(2, "render: no uploader", "render", "--class", "A", *IMAGE, "--conf", "spark.kubernetes.file.upload.path=s3a://b/x", str(data),
               said=["no uploader for s3a:, only for file:", "hint: "])


def known_keys(tool):
    rows = json.loads(tool.run("conf", "--known", "-o", "json").stdout)
    keys = [row["key"] for row in rows]
    tool.check(len(keys) > 190 and keys == sorted(keys), "conf --known -o json: all keys", keys)
    done = tool.run("conf", "--known", "spark.kubernetes.allocation.b")
    lines = done.stdout.splitlines()
    tool.check(lines[0].split() == ["KEY", "TYPE", "DEFAULT", "SINCE", "MEANING"] and len(lines) == 3
               and lines[2].split()[:4] == ["spark.kubernetes.allocation.batch.size", "int", "20", "3.5"], "conf --known PREFIX", done)
    done = tool.run("conf", "--known", "nothing")
    tool.check(done.returncode == 0 and len(done.stdout.splitlines()) == 1, "conf --known: none", done)
    tool.exits(2, "conf --known takes one prefix", "conf", "--known", "a", "b", said="unexpected argument 'b'")


def executor(tool):
    """What the driver will ask for, printed as the rest is."""
    args = ["--executor", *FIXED, "--class", "A", *IMAGE, "local:///a.jar"]
    done = tool.run("render", "-o", "json", *args)
    if not tool.check(done.returncode == 0, "render --executor -o json", done):
        return
    document = json.loads(done.stdout)
    pod = document["items"][0]
    tool.check((document["kind"], len(document["items"]), pod["metadata"]["labels"]["spark-role"]) == ("List", 1, "executor"), "render --executor: one v1 List", done)
    yaml = tool.run("render", *args)
    tool.check(yaml.stdout.startswith("apiVersion: v1\nkind: Pod\n") and "spark-role: executor" in yaml.stdout, "render --executor: YAML by default", yaml)
    seventh = tool.run("render", "-o", "json", "--conf", "sparkk8s.executor.id=7", *args)
    tool.check('-exec-7"' in seventh.stdout, "render --executor: the executor of sparkk8s.executor.id", seventh)
    alone = tool.run("render", "--conf", "spark.kubernetes.driver.master=local[2]", *args)
    tool.check(alone.returncode == 0 and alone.stdout.startswith("# no executors"), "render --executor: a driver alone", alone)
    tool.exits(2, "render --executor: what no driver would make", "render", "--conf", "spark.executor.extraJavaOptions=-Xmx1g", *args, said="spark.executor.extraJavaOptions")


def properties(tool):
    home = tool.folder / "properties"
    home.mkdir()
    (home / "spark-defaults.conf").write_text("spark.driver.memory 3g\nspark.hadoop.fs.s3a.secret.key canary\n")
    env = {"SPARK_CONF_DIR": str(home), "SPARK_DRIVER_MEMORY": "4g"}
    args = ["--class", "A", "--driver-memory", "2g", *IMAGE, "local:///a.jar"]
    done = tool.run("conf", "-n", "team", *args, env=env)
    lines = {line.split()[0]: re.split(r"  +", line.rstrip()) for line in done.stdout.splitlines()}
    tool.check(done.returncode == 0 and lines["KEY"] == ["KEY", "VALUE", "FROM", "OVER"]
               and lines["spark.driver.memory"][1:] == ["2g", "--driver-memory", f"3g ({home}/spark-defaults.conf:1), 4g (SPARK_DRIVER_MEMORY)"]
               and lines["spark.kubernetes.namespace"][1:] == ["team", "--namespace"] and lines["spark.driver.port"][2] == "the submission"
               and "canary" not in done.stdout and "*********(redacted)" in done.stdout, "conf: keys, values, where from, over what", done)
    rows = {r["key"]: r for r in json.loads(tool.run("conf", "-o", "json", "--defaults", *args, env=env).stdout)}
    tool.check(rows["spark.driver.memory"]["over"][1] == {"value": "4g", "origin": "SPARK_DRIVER_MEMORY"}
               and rows["spark.executor.memory"]["origin"] == "default", "conf -o json --defaults", rows)
    done = tool.run("conf", "--driver-memory", "2g")
    tool.check(done.returncode == 0 and len(done.stdout.splitlines()) == 2 and not done.stderr, "conf without a resource", done)
    done = tool.run("conf", "--conf", 'spark.x=a"b\\c\u00e9 {[,:]} \x01', "--conf", "spark.y=")
    tool.check('spark.x   a"b\\c\u00e9 {[,:]}     --conf\n' in done.stdout and "spark.y " in done.stdout, "conf: values as they are", done)
    done = tool.run("conf", "--driver-memory", "lots", "--class", "A", *IMAGE, "local:///a.jar")
    tool.check(done.returncode == 2 and "lots" in done.stdout and "spark.driver.memory=lots" in done.stderr, "conf: what is wrong is listed all the same", done)
    explained = tool.run("render", "--explain", "spark.driver.memory", *args, env=env)
    text = explained.stdout
    tool.check(explained.returncode == 0 and all(part in text for part in (
        "  value     2g\n", "  from      --driver-memory\n", "  over      4g (SPARK_DRIVER_MEMORY)\n", "  default   1g\n", "size-mib; Spark 3.5 to",
        "read by submission, driver\n", "  by BasicDriverFeatureStep, in Pod/a-<id>-driver\n", "      - 1408Mi\n      + 2432Mi\n")), "render --explain", explained)
    done = tool.run("conf", "--explain", "spark.driver.memory", *args, env=env)
    tool.check(done.stdout == text, "conf --explain is the same", done)
    done = tool.run("conf", "--driver-memory", "2g", *IMAGE, "spark.driver.memory", "spark.kubernetes.driver.label.", "spark.none.of.these")
    tool.check(done.returncode == 0 and "BasicDriverFeatureStep" in done.stdout and done.stdout.count("\n\n") == 2
               and "each key that begins with it" in done.stdout and "carried to the driver as it is" in done.stdout, "conf KEY...", done)
    done = tool.run("conf", "-o", "json", "--driver-memory", "2g", *IMAGE, "spark.driver.memory", "spark.ui.port")
    found = json.loads(done.stdout)
    tool.check([f["key"] for f in found] == ["spark.driver.memory", "spark.ui.port"] and found[0]["known"]["type"] == "size-mib"
               and {e["step"] for e in found[0]["effects"]} == {"BasicDriverFeatureStep", "SparkSubmit"}, "conf KEY... -o json", done)
    done = tool.run("conf", "spark.driver.memory")
    tool.check(done.returncode == 0 and "not set" in done.stdout and "image" in done.stderr, "conf KEY without an image: why its effects are not told", done)


def differences(tool):
    args = ["--class", "A", *IMAGE, "local:///a.jar", "x"]

    def rows(*words, code=1):
        done = tool.run("diff", "-o", "json", *words)
        tool.check(done.returncode == code, f"diff: exit code {code}", done)
        return {(r["object"].split("/")[0], r["path"]): (r.get("left"), r.get("right")) for r in json.loads(done.stdout)}

    container = "spec.containers[spark-kubernetes-driver]"
    tool.check(rows(*args, "--against", *args, code=0) == {}, "diff: the same arguments")
    done = tool.run("diff", *args, "--against", *args)
    tool.check((done.returncode, done.stdout, done.stderr) == (0, "", ""), "diff: nothing to say", done)
    found = rows(*args, "--against", "--driver-memory", "2g")
    tool.check(found[("Pod", container + ".resources.limits.memory")] == ("1408Mi", "2432Mi")
               and found[("ConfigMap", "spark.properties: spark.driver.memory")] == (None, "2g") and len(found) == 3,
               "diff --against without a resource: further options", found)
    found = rows("--class", "A", "--driver-memory", "1g", *args[2:], "--against", "--driver-memory", "2g")
    tool.check(found[("ConfigMap", "spark.properties: spark.driver.memory")] == ("1g", "2g"), "diff --against: the last one wins", found)
    found = rows(*args, "--against", *args[:-1], "--against")
    tool.check(list(found) == [("Pod", container + ".args[6]")] and list(found.values()) == [("x", "--against")],
               "diff: a second --against is the application's", found)
    found = rows("--against-version", "4.2", *args)
    tool.check(("NetworkPolicy", "") in found and found[("Pod", "metadata.labels.spark-version")][1].startswith("4.2"), "diff --against-version", found)
    done = tool.run("diff", *args, "--against", "--conf", "spark.kubernetes.driver.label.a=b", "--conf", "spark.my.password=canary")
    tool.check(done.returncode == 1 and re.search(r"^Pod/\S+-driver\n  metadata.labels.a\n    \+ b\n", done.stdout)
               and "spark.my.password\n    + *********(redacted)\n" in done.stdout and "canary" not in done.stdout, "diff: readable", done)
    done = tool.run("diff", "--against-version", "4.2", *args)
    tool.check(re.search(r"^\+ NetworkPolicy/", done.stdout, re.M) is not None, "diff: an object that one side has alone", done)
    tool.exits(2, "diff: trouble is no difference", "diff", *args, "--against", "--driver-memory", "lots", said="spark.driver.memory")
    tool.exits(2, "diff: of what?", "diff", *args, said=["with what?", "come before the resource"])
    tool.exits(2, "diff: one thing at a time", "diff", "--run", "x", *args, "--against", *args, said="only one of")


def help_and_version(tool):
    overview = tool.run("help")
    tool.check(overview.returncode == 0 and all(re.search(rf"^  {c} ", overview.stdout, re.M) for c in COMMANDS), "help lists all commands", overview)
    tool.check(all(re.search(rf"\b{code}\b", overview.stdout) for code in EXIT_CODES), "help lists all exit codes", overview)
    tool.check(tool.run("--help").stdout == overview.stdout, "--help is help")
    for command in COMMANDS:
        text = tool.run("help", command).stdout
        options = options_of(tool, command)
        missing = [o for o in options if not re.search(rf"(^|\s){o}(\s|$)", text)]
        tool.check(not missing and "--help" in options, f"help {command} lists its options", missing)
        answer = tool.run(command, "--help")
        same = all(o in answer.stderr for o in options) if command == "spark-submit" else answer.stdout == text
        tool.check(same, f"{command} --help is the same" if answer.stdout else f"{command} --help is Spark's usage", answer)
        wide = [line for line in text.splitlines() if len(line) > 130]
        tool.check(not wide, f"help {command} fits", wide)
    version = json.loads(tool.run("version", "-o", "json").stdout)
    tool.check(version["spark"][0] == "3.5" and version["libsparkk8s"] == version["sparkk8s"], "version -o json", version)
    tool.check("libsparkk8s" in tool.run("version").stdout and tool.run("--version").stdout == tool.run("version").stdout, "version, --version")


def spark_options(tool):
    """The tool's rows against the library's table: names, short names, whether a value follows."""
    rows = set()
    source = (ROOT / "lib/spark/args.c").read_text()
    table = source[source.index("option_table[] = {"):]
    for name, short, value in re.findall(r'\{"(--[\w-]+)", (NULL|"-\w"), [^,]+, [^,]+, (true|false),', table[:table.index("\n};")]):
        rows.add((name, short.strip('"').replace("NULL", ""), value == "true"))
    own = {"--help", "--verbose", "--version", "--usage-error"}      # answered by the tool, or of no use
    rows = {r for r in rows if r[0] not in own}
    text = tool.run("help", "submit").stdout
    text = text[text.index("What spark-submit takes:"):]
    ours = {(name, short or "", bool(argument)) for short, name, argument in
            re.findall(r"^  (?:(-\w), |    )(--[\w-]+) ?(\S*)  ", text, re.M)}
    tool.check(len(rows) > 30 and ours == rows, f"the {len(rows)} options of spark-submit are the library's", ours ^ rows)


def completion(tool):
    words = tool.run("__complete", "--", "").stdout
    tool.check([line.split("\t")[0] for line in words.splitlines()] == COMMANDS, "completion of commands", words)
    tool.check("--executor-memory" in options_of(tool, "submit") and "--executor-memory" not in options_of(tool, "list"), "completion of options")
    done = tool.run("__complete", "--", "list", "-o", "").stdout
    tool.check([line.split("\t")[0] for line in done.splitlines()] == ["table", "wide", "json", "yaml", "name"], "completion of -o", done)
    done = tool.run("__complete", "--", "list", "--state", "RUN").stdout
    tool.check(done.startswith("RUNNING\t"), "completion of --state", done)
    done = tool.run("__complete", "--", "submit", "--conf", "spark.kubernetes.driver.s").stdout
    keys = [line.split("\t")[0] for line in done.splitlines()]
    tool.check("spark.kubernetes.driver.scheduler.name=" in keys and "spark.kubernetes.driver.secrets." in keys
               and all(k.startswith("spark.kubernetes.driver.s") for k in keys), "completion of --conf: keys", done)
    done = tool.run("__complete", "--", "submit", "--properties-file", "").stdout
    tool.check(done == "", "files are left to the shell", done)
    script = f"""
        source {ROOT}/tools/sparkk8s/completion.bash
        COMP_WORDS=({tool.program} submit --wa) COMP_CWORD=2
        _sparkk8s
        echo "${{COMPREPLY[*]}}"
        COMP_WORDS=({tool.program} list --state RUN) COMP_CWORD=3
        _sparkk8s
        echo "${{COMPREPLY[*]}}"
        COMP_WORDS=({tool.program} list --state = FAI) COMP_CWORD=4
        _sparkk8s
        echo "${{COMPREPLY[*]}}"
        COMP_WORDS=({tool.program} render --conf = spark.kubernetes.names) COMP_CWORD=4
        _sparkk8s
        echo "${{COMPREPLY[*]}}"
        complete -p sparkk8s"""
    done = subprocess.run(["bash", "--norc", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    tool.check(lines[:4] == ["--wait", "RUNNING", "FAILED", "spark.kubernetes.namespace="] and "_sparkk8s" in lines[4], "bash completion", done)


def man_page(tool):
    page = ROOT / "doc/man/sparkk8s.1"
    text = page.read_text().replace("\\-", "-")
    options = {o for c in COMMANDS for o in options_of(tool, c)}
    missing = [o for o in options if not re.search(rf"^.*\\fB{o}\\fR", text, re.M)]
    tool.check(len(options) > 60 and not missing, f"the man page has all {len(options)} options", missing)
    known = set(re.findall(r"^(?:\\fB-\w\\fR, )?\\fB(--[\w-]+)\\fR", text, re.M))
    tool.check(known <= options, "the man page has no others", known - options)
    codes = re.findall(r"^\.TP\n\.B (\d+)$", text, re.M)
    tool.check(sorted(map(int, codes)) == EXIT_CODES, "the man page has all exit codes", codes)
    tool.check(all(f".B sparkk8s {c}" in text for c in COMMANDS), "the man page has all commands")


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}"


def no_server(tool):
    url = closed_port()
    for args in (["submit", *APP], ["list"], ["status", "a"], ["watch"], ["watch", "a"], ["logs", "a"], ["kill", "a"]):
        done = tool.run(*args, api=url)
        lines = done.stderr.splitlines()
        tool.check(done.returncode == 6 and not done.stdout and lines[0].startswith("sparkk8s: ") and "canary" not in done.stderr,
                   f"{args[0]}: cannot connect: exit code 6", done)
    tool.exits(2, "a kubeconfig that is not there", "list", "--kubeconfig", "/nonexistent/config", said="/nonexistent/config")
    tool.exits(2, "a context that is not there", "list", "--context", "nowhere", api=url, said="nowhere")


def standard_output(tool):
    with open("/dev/full", "w") as full:
        done = tool.run("help", stdout=full)
    tool.check(done.returncode == 7 and "cannot write" in done.stderr, "output that cannot be written: exit code 7",
               (done.returncode, done.stderr))
    done = subprocess.run(["bash", "-c", f"{tool.program} help submit | true; echo ${{PIPESTATUS[0]}}"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=tool.env)
    tool.check(done.stdout.strip() in ("141", "0") and not done.stderr, "a reader that goes away: quiet", done)


def guide(tool):
    """What doc/templates-and-volumes.md says that a command says; and the lesson beside it."""
    text = (ROOT / "doc/templates-and-volumes.md").read_text()
    (template,), (command,), (said,) = (re.findall(rf"^```{kind}\n(.*?)^```", text, re.S | re.M) for kind in ("yaml", "sh", "text"))
    (tool.folder / "driver.yaml").write_text(template)
    done = tool.run(*command.replace("\\\n", " ").split()[1:], cwd=tool.folder)
    tool.check(done.returncode == 0 and done.stderr == said, "the guide to templates: what Spark replaces", done)
    lesson = str(tool.build / "doc/examples/04_templates")
    done = subprocess.run([lesson, "--class", "A", *IMAGE, "local:///a.jar"], env=tool.env, text=True, timeout=60, capture_output=True)
    ok = done.returncode == 0 and "key: dedicated" in done.stdout and "name: spark-local-dir-1" in done.stdout and "secretName: database" in done.stdout
    ok = ok and "warning: driver.yaml:7:5: spec.containers[0].image" in done.stderr
    tool.check(ok, "lesson 4 renders a template and volumes, and tells what is replaced", done)


CASES = [usage, spark_arguments, render, uploads, executor, known_keys, properties, differences, guide, help_and_version, spark_options, completion, man_page,
         no_server, standard_output]
