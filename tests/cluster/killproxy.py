# SPDX-License-Identifier: Apache-2.0
"""A TLS proxy in front of the API server that kills the client at a chosen request.

HTTP/1.1 only, one thread a connection. At the n-th request it forwards the request (or not), waits for the whole answer, kills
the client process by SIGKILL, and never delivers the answer: what a submitter's death at that moment looks like to the cluster.
"""
import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


class KillProxy:
    def __init__(self, certificate, server, ca):
        """`certificate`: PEM file with key and certificate for 127.0.0.1; `server`: the API server's URL; `ca`: its CA file."""
        self.upstream = urlsplit(server)
        self.context = ssl.create_default_context(cafile=ca)
        self.lock = threading.Lock()
        self.requests = 0
        self.kill_at = 0                # 0: never
        self.forward_it = True          # whether the request of the kill is carried out
        self.victim = None              # set before the first request
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        listener = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        listener.load_cert_chain(certificate)
        self.httpd.socket = listener.wrap_socket(self.httpd.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.httpd.server_address[1]}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def arm(self, kill_at, forward_it):
        with self.lock:
            self.requests, self.kill_at, self.forward_it, self.victim = 0, kill_at, forward_it, None

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self.lock:
            self.requests += 1
            fatal = self.requests == self.kill_at
        if fatal and not self.forward_it:
            return self.kill(handler)
        try:
            status, headers, answer = self.forward(handler, body)
        except OSError as error:
            return handler.send_error(502, str(error))
        if fatal:
            return self.kill(handler)
        try:
            handler.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer)))
            handler.end_headers()
            handler.wfile.write(answer)
        except OSError:
            handler.close_connection = True     # the client is gone

    def forward(self, handler, body):
        connection = http.client.HTTPSConnection(self.upstream.hostname, self.upstream.port, context=self.context, timeout=30)
        try:
            headers = {k: v for k, v in handler.headers.items() if k.lower() not in HOP_BY_HOP}
            connection.request(handler.command, handler.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def kill(self, handler):
        handler.close_connection = True
        os.kill(self.victim, signal.SIGKILL)
        handler.connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


def certificate(folder):
    """A PEM file with key and certificate for 127.0.0.1, signed by itself."""
    key, pem = Path(folder) / "key.pem", Path(folder) / "proxy.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)],
                   check=True, stderr=subprocess.DEVNULL)
    text = pem.read_text()
    pem.write_text(text + key.read_text())
    return pem, text


@contextlib.contextmanager
def proxied(c, ns):
    """A proxy in front of the cluster's API server, and the environment of who is to go through it, as service account spark."""
    token = c.kubectl("create", "token", "spark", "-n", ns, "--duration", "2h").strip()
    config = json.loads(c.kubectl("config", "view", "--raw", "-o", "json"))
    cluster = config["clusters"][0]["cluster"]
    with tempfile.TemporaryDirectory() as folder:
        ca = Path(folder) / "ca.crt"
        ca.write_bytes(base64.b64decode(cluster["certificate-authority-data"]) if "certificate-authority-data" in cluster
                       else Path(cluster["certificate-authority"]).read_bytes())
        pem, own = certificate(folder)
        proxy = KillProxy(str(pem), cluster["server"], str(ca))
        kubeconfig = Path(folder) / "config"
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "p",
            "clusters": [{"name": "p", "cluster": {"server": proxy.url,
                                                   "certificate-authority-data": base64.b64encode(own.encode()).decode()}}],
            "users": [{"name": "p", "user": {"token": token}}],
            "contexts": [{"name": "p", "context": {"cluster": "p", "user": "p", "namespace": ns}}]}))
        try:
            yield proxy, {"KUBECONFIG": str(kubeconfig)}
        finally:
            proxy.close()
