# SPDX-License-Identifier: Apache-2.0
"""Puts a case on disk, runs a client on it, says what happened, and compares that with what an oracle did."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess

ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"      # /var/run is a link
HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n" + "".join(
    f"127.0.0.1 {h}.example.test\n" for h in ("api", "a", "b", "c", "s", "only", "x.wild", "deep.x.wild"))
PLACEHOLDER = re.compile(rb"\$\{(CASE|PKI|PORT_[A-Z0-9]+|B64:[^}]+|B64CRLF:[^}]+|PEM:[^}]+)\}")
IDENTITY = "listener", "sni", "client_cert", "method", "path", "host", "authorization", "impersonate", "proxy"


def enter_namespace(pki):
    """We are inside `unshare -mn` already: the loopback goes up, with addresses, a hosts file, authorities and a /run of
    its own."""
    def do(*command):
        subprocess.run(command, check=True)

    do("ip", "link", "set", "lo", "up")
    do("ip", "addr", "add", "10.11.12.13/32", "dev", "lo")
    do("mount", "-t", "tmpfs", "tmpfs", "/run")
    do("mount", "-t", "tmpfs", "tmpfs", "/etc/ssl")
    # Where SUSE has them, as Go knows: Debian's libcurl would find them in Debian's place by itself.
    shutil.copy(os.path.join(pki, "ca-sys.crt"), "/etc/ssl/ca-bundle.pem")
    with open("/run/hosts", "w") as file:
        file.write(HOSTS)
    do("mount", "--bind", "/run/hosts", "/etc/hosts")
    with open("/run/resolv.conf", "w") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    do("mount", "--bind", "/run/resolv.conf", os.path.realpath("/etc/resolv.conf"))


TRANSFORMS = {
    "crlf": lambda b: b.replace(b"\n", b"\r\n"),
    "cr": lambda b: b.replace(b"\n", b"\r"),
    "bom": lambda b: b"\xef\xbb\xbf" + b,
    "utf-16le": lambda b: b"\xff\xfe" + b.decode().encode("utf-16-le"),
    "utf-16be": lambda b: b"\xfe\xff" + b.decode().encode("utf-16-be"),
    "latin1": lambda b: b.decode().encode("latin1"),
    "nul": lambda b: b + b"\0",
}


def transform(name, content):
    if name.startswith("pad:"):
        return content + b"#" * int(name[4:])
    return TRANSFORMS[name](content)


class Place:
    """Where cases are played, one after the other: the folder of the case and the listeners."""

    def __init__(self, recorder, work, private):
        self.recorder, self.private = recorder, private
        self.case = os.path.join(work, "case")
        self.pki = os.path.join(work, "pki")
        shutil.copytree(recorder.pki, self.pki)

    def value_of(self, name):
        if name == "CASE":
            return self.case.encode()
        if name == "PKI":
            return self.pki.encode()
        if name.startswith("PORT_"):
            return str(self.recorder.ports.get(name[5:], 9)).encode()
        kind, _, file = name.partition(":")
        with open(os.path.join(self.pki, file), "rb") as opened:
            content = opened.read()
        if kind == "PEM":
            return content
        text = base64.b64encode(content)
        if kind == "B64CRLF":
            text = b"\\r\\n".join(text[i:i + 64] for i in range(0, len(text), 64))
        return text

    def fill(self, content):
        return PLACEHOLDER.sub(lambda match: self.value_of(match[1].decode()), content)

    def fill_text(self, text):
        return self.fill(text.encode()).decode()

    def placeholders(self, text):
        """The other way round, for comparing."""
        if text is None:
            return None
        text = text.replace(self.case, "${CASE}").replace(self.pki, "${PKI}")
        for name, port in sorted(self.recorder.ports.items(), key=lambda x: -x[1]):
            if port > 1024 and name not in ("D8080", "D6443"):
                text = re.sub(rf"(?<!\d){port}(?!\d)", "${PORT_%s}" % name, text)
        return text

    def put_files(self, source, case):
        for folder, folders, files in os.walk(source):
            below = os.path.relpath(folder, source)
            for name in folders:
                os.makedirs(os.path.join(self.case, below, name), exist_ok=True)
            for name in files:
                if folder == source and name == "case.json":
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    content = self.fill(file.read())
                path = os.path.normpath(os.path.join(below, name))
                for change in case.get("transform", {}).get(path, []):
                    content = transform(change, content)
                with open(os.path.join(self.case, path), "wb") as file:
                    file.write(content)

    def put_account(self, files):
        shutil.rmtree("/run/secrets", ignore_errors=True)
        for name, text in files.items():
            os.makedirs(ACCOUNT, exist_ok=True)
            with open(os.path.join(ACCOUNT, name), "wb") as file:
                file.write(self.fill(text.encode()))

    def put(self, source, case):
        shutil.rmtree(self.case, ignore_errors=True)
        os.makedirs(self.case)
        self.put_files(source, case)
        for name in case.get("dirs", []):
            os.makedirs(os.path.join(self.case, name), exist_ok=True)
        for link, target in case.get("links", {}).items():
            os.symlink(self.fill_text(target), os.path.join(self.case, link))
        for name, mode in case.get("modes", {}).items():
            os.chmod(os.path.join(self.case, name), int(mode, 8))
        if self.private:
            self.put_account(case.get("serviceaccount", {}))


def options_of(place, case):
    words = []
    for name, values in case.get("args", {}).items():
        for value in values if isinstance(values, list) else [values]:
            words.append("--" + name if value is True else f"--{name}={place.fill_text(value)}")
    return words


def run(command, environment, folder, timeout):
    """Exit status, what it printed, what it complained of."""
    process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(b"", timeout=timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)      # the group that we started
        out, err = process.communicate()
        status = "timeout"
    return status, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def run_case(place, source, case, command, timeout):
    place.put(source, case)
    words = []
    for word in command:
        words += options_of(place, case) if word == "{args}" else [word]
    log = os.path.join(place.case, ".execlog")
    os.makedirs(log)
    environment = {"PATH": "/usr/bin:/bin", "HOME": place.case, "LANG": "C.UTF-8", "TERM": "dumb", "KC_EXECLOG": log}
    environment.update({name: place.fill_text(value) for name, value in case.get("env", {}).items()})
    place.recorder.begin(case.get("server"))
    status, out, err = run(words, environment, os.path.join(place.case, case.get("cwd", ".")), timeout)
    place.recorder.quiet()
    with place.recorder.lock:
        events = list(place.recorder.events)
    for name in case.get("modes", {}):
        if os.path.exists(os.path.join(place.case, name)):
            os.chmod(os.path.join(place.case, name), 0o755)
    return describe(place, case, status, out, err, events, log)


# ---- what happened ----

def identity_of(place, event):
    identity = {key: event[key] for key in IDENTITY if key != "proxy"}
    identity["proxy"] = event["proxy"] and {key: event["proxy"][key] for key in ("name", "target", "auth")}
    identity["gzip"] = "gzip" in (event["accept_encoding"] or "")
    return json.loads(place.placeholders(json.dumps(identity)))


def sent_of(place, events):
    """All that carried a credential, on any path, to proxies too."""
    sent = []
    for event in events:
        if event["event"] not in ("request", "connect", "proxy-request"):
            continue
        item = {"listener": event["listener"], "client_cert": event["client_cert"], "authorization": event["authorization"],
                "impersonate": bool(event["impersonate"]), "proxy": event["proxy"] and event["proxy"]["name"],
                "proxy_authorization": event["proxy_authorization"]}
        carries = any(item[key] for key in ("client_cert", "authorization", "impersonate", "proxy_authorization"))
        if event["event"] != "request":
            item["event"] = event["event"]
        if event.get("plain_on_tls"):
            item["event"] = "plain-on-tls"
        if carries and item not in sent:
            sent.append(item)
    return json.loads(place.placeholders(json.dumps(sorted(sent, key=json.dumps))))


def plugin_run(place, case, folder):
    def read(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read().decode("utf-8", "replace")

    info = read("info")
    environment = dict(item.split("=", 1) for item in read("env").split("\0") if "=" in item)
    run = {"argv": read("argv").split("\0")[:-1], "info": json.loads(info) if info.startswith("{") else info,
           "stdin": read("stdin").strip(), "cwd": read("cwd").strip(),
           "env": {name: environment.get(name) for name in case.get("exec_env", [])}}
    return json.loads(place.placeholders(json.dumps(run)))


def plugin_runs(place, case, log):
    """Different ones: how often a plugin is run is the client's affair."""
    runs = []
    for name in sorted(os.listdir(log)):
        try:
            run = plugin_run(place, case, os.path.join(log, name))
        except (OSError, ValueError) as error:
            run = {"broken": type(error).__name__}
        if run not in runs:
            runs.append(run)
    return runs


def describe(place, case, status, out, err, events, log):
    pods = [event for event in events if event.get("pods")]
    answered = status == 0 and pods and pods[-1]["code"] == 200
    result = {"outcome": "ok" if answered else "http-error" if pods else "fail", "identity": None,
              "exec": plugin_runs(place, case, log), "sent": sent_of(place, events), "error": None, "exit": status}
    if pods:
        result["identity"] = identity_of(place, pods[-1] if answered else pods[0])
    if not answered:
        result["error"] = place.placeholders(err.strip() or out.strip())
    return result


# ---- comparing ----

def same(key, wanted, found):
    """Names of DNS are so in whatever case (RFC 4343): libcurl sends a server's in lower case, Go as it is written."""
    return wanted == found or key == "sni" and None not in (wanted, found) and wanted.lower() == found.lower()


def differences(case, expected, got):
    """[(what, expected, got)], empty if the client did what `expected` says."""
    found = []
    if got["outcome"] in case.get("accept", []) and expected["outcome"] != got["outcome"]:
        return found
    outcome = expected["outcome"] if expected["outcome"] in ("ok", "http-error") else "fail"
    if outcome != got["outcome"]:
        found.append(("outcome", expected["outcome"], got["outcome"]))
    elif outcome != "fail":
        found += [(key, expected["identity"][key], got["identity"][key]) for key in IDENTITY
                  if not same(key, expected["identity"][key], got["identity"][key])]
        if got["identity"]["gzip"] and not expected["identity"]["gzip"]:
            found.append(("gzip", False, True))
    key = lambda run: json.dumps(run, sort_keys=True)
    if case.get("exec_compare") != "no" and sorted(map(key, expected["exec"])) != sorted(map(key, got["exec"])):
        found.append(("exec", expected["exec"], got["exec"]))
    found += [("leak", "not sent by the oracle", item) for item in got["sent"] if item not in expected["sent"]]
    return found
