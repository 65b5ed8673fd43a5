# SPDX-License-Identifier: Apache-2.0
"""Secrets in every place from which the tool reads one, through success and every sort of failure: none is ever printed, written
to a file, or given to a program that it starts. A server that echoes the request's headers is the worst that can be met."""
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tool import APP

PKI = Path(__file__).resolve().parent.parent / "kube/pki"
CANARIES = {"token": "canary-8d1f-token", "file": "canary-8d1f-file", "exec": "canary-8d1f-exec", "password": "canary-8d1f-password",
            "proxy": "canary-8d1f-proxy", "env": "canary-8d1f-env", "stderr": "canary-8d1f-stderr", "s3": "canary-8d1f-s3"}
KEY = "".join((PKI / "client.key").read_text().splitlines()[1:-1])[40:80]       # of the private key, as base64


class Echo(BaseHTTPRequestHandler):
    """Answers with `code` and what it was sent."""
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(str(self.headers))
        message = f"you sent {self.headers.get('Authorization')}"
        body = message if self.server.plain else json.dumps({"kind": "Status", "code": self.server.code, "reason": "X", "message": message})
        self.send_response(self.server.code, "X")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


def server(code, plain=False):
    it = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    it.daemon_threads, it.code, it.plain, it.seen = True, code, plain, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PKI / "server.crt", PKI / "server.key")
    it.socket = context.wrap_socket(it.socket, server_side=True)
    threading.Thread(target=it.serve_forever, args=(0.02,), daemon=True).start()
    return it


def write_config(path, port, user, **cluster):
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "c", "users": [{"name": "c", "user": user}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(PKI / "ca.crt"), **cluster}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c", "namespace": "default"}}]}))
    return path


def plugin(folder, name, text):
    path = folder / f"plugin-{name}"
    path.write_text(f"#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/cmdline >> {folder}/children\ntr '\\0' '\\n' < /proc/$PPID/cmdline >> {folder}/children\n{text}\n")
    path.chmod(0o755)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "interactiveMode": "Never",
                     "env": [{"name": "PLUGIN_SECRET", "value": CANARIES["env"]}]}}


def users(folder):
    """name: the user of a kubeconfig."""
    (folder / "token").write_text(CANARIES["file"])
    credential = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": CANARIES["exec"]}})
    pair = {"client-certificate": str(PKI / "client.crt"), "client-key": str(PKI / "client.key")}
    return {
        "token": {"token": CANARIES["token"]}, "token file": {"tokenFile": str(folder / "token")},
        "password": {"username": "u", "password": CANARIES["password"]}, "key": pair,
        "plugin": plugin(folder, "good", f"echo '{credential}'"),
        "plugin that fails": plugin(folder, "bad", f"echo '{credential}'; exit 3"),
        "plugin that prints nonsense": plugin(folder, "nonsense", f"echo '{{\"status\": {{\"token\": \"{CANARIES['exec']}\", }}'"),
        "plugin without a kind": plugin(folder, "kindless", f"echo 'token: {CANARIES['exec']}'"),
    }


def no_secret(tool, done, what, folder=None):
    told = done.stdout + done.stderr
    if folder:
        told += (folder / "children").read_text() if (folder / "children").exists() else ""
    leaked = [name for name, text in {**CANARIES, "key": KEY}.items() if text in told and (name != "env" or text in done.stdout + done.stderr)]
    tool.check(not leaked, f"no secret is told: {what}", (leaked, done) if leaked else None)


def secrets_of_users(tool):
    folder = tool.folder / "secrets"
    folder.mkdir()
    verbs = (["-v", "list"], ["explain", "default:d"], ["submit", "--name", "pi", *APP])
    for name, user in users(folder).items():
        for code, plain in ((401, False), (403, False), (500, True)):
            it = server(code, plain)
            config = write_config(folder / "config", it.server_address[1], user)
            for verb in verbs if code == 403 else verbs[:1]:
                done = tool.run(*verb[:1], *verb[1:], env={"KUBECONFIG": str(config)})
                no_secret(tool, done, f"{name}, {' '.join(verb[:2])}, a server that answers {code} with what it was sent", folder)
                tool.check(done.returncode not in (0, -6, -11), f"{name}: {code} is an error", done)
            if name in ("token", "token file", "password", "plugin"):
                tool.check(any("Authorization" in seen for seen in it.seen), f"{name}: the server was shown it", None)
            it.shutdown()


def secrets_of_failures(tool):
    folder = tool.folder / "secrets-failed"
    folder.mkdir()
    token = {"token": CANARIES["token"]}
    it = server(500)
    port = it.server_address[1]
    configs = {
        "no trust": write_config(folder / "trust", port, token, **{"certificate-authority": str(PKI / "other.crt")}),
        "no server": write_config(folder / "nobody", 1, token),
        "a proxy with a password that is not there": write_config(folder / "proxy", port, token, **{"proxy-url": f"http://u:{CANARIES['proxy']}@127.0.0.1:1"}),
        "a proxy with a password and a bad port": write_config(folder / "port", port, token, **{"proxy-url": f"http://u:{CANARIES['proxy']}@127.0.0.1:x"}),
        "a proxy of no known kind": write_config(folder / "kind", port, token, **{"proxy-url": f"gopher://u:{CANARIES['proxy']}@127.0.0.1:1"}),
        "a token with a line end": write_config(folder / "line", port, {"token": CANARIES["token"] + "\nx"}),
        "two ways to be": write_config(folder / "two", port, {"token": CANARIES["token"], "username": "u", "password": CANARIES["password"]}),
    }
    for what, text in (("cut off", "users:\n- name: c\n  user: {token: %s"), ("a tab", "users:\n- name: c\n  user:\n\ttoken: %s\n"),
                       ("a list for a token", "users:\n- name: c\n  user: {token: [%s]}\n"), ("a bad escape", 'users:\n- user: {token: "%s\\q"}\n'),
                       ("JSON with a comma too many", '{"users": [{"name": "c", "user": {"token": "%s",}}]'), ("a word", "%s")):
        path = folder / f"broken-{len(configs)}"
        path.write_text(text % CANARIES["token"])
        configs[f"a kubeconfig with {what}"] = path
    for what, config in configs.items():
        done = tool.run("list", env={"KUBECONFIG": str(config)})
        no_secret(tool, done, what)
        done = tool.run("-v", "status", "default:d", "--request-timeout", "1s", env={"KUBECONFIG": str(config)})
        no_secret(tool, done, f"{what}, status")
    it.shutdown()
    done = tool.run("list", "--server", f"https://127.0.0.1:{port}", "--token", CANARIES["token"], env={"KUBECONFIG": "/dev/null"})
    no_secret(tool, done, "--token")


def secrets_of_configuration(tool):
    args = ["--conf", f"spark.hadoop.fs.s3a.secret.key={CANARIES['s3']}", "--conf", f"spark.my.password={CANARIES['password']}", *APP]
    for what, verb in (("conf", ["conf", *args]), ("conf --explain", ["conf", "--explain", "spark.my.password", *args]),
                       ("a refusal", ["render", "--conf", "spark.driver.memory=lots", *args]),
                       ("another", ["submit", "--conf", "spark.kubernetes.driver.podTemplateFile=/no/file", *args])):
        no_secret(tool, tool.run(*verb), f"configuration, {what}")


CASES = [secrets_of_users, secrets_of_failures, secrets_of_configuration]
