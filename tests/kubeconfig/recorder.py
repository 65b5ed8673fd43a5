# SPDX-License-Identifier: Apache-2.0
"""Servers and proxies on the loopback that note who called them, how, and with what: each request is a dict in
Recorder.events. The listeners are in LISTENERS.
"""
import json
import os
import re
import select
import socket
import ssl
import struct
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler

# name: (kind, certificate, options).  fixed port used inside the private network namespace.
LISTENERS = {
    "A":    ("https", "server-a",    {"port": 21001}),                 # CA a; client certificate requested
    "B":    ("https", "server-b",    {"port": 21002}),                 # CA b
    "C":    ("https", "server-c",    {"port": 21003, "mtls": True}),   # CA a; client certificate required
    "N":    ("https", "server-n",    {"port": 21004}),                 # CA a; only only.example.test
    "X":    ("https", "server-x",    {"port": 21005}),                 # CA a; certificate expired in 2020
    "S":    ("https", "server-s",    {"port": 21006}),                 # CA sys ("system roots")
    "I":    ("https", "server-i",    {"port": 21007}),                 # intermediate of CA a, chain sent
    "T12":  ("https", "server-a",    {"port": 21008, "max": "1.2"}),
    "T11":  ("https", "server-a",    {"port": 21009, "max": "1.1"}),
    "H":    ("http",  None,          {"port": 21010}),
    "PX":   ("proxy", None,          {"port": 21011}),                 # HTTP proxy: CONNECT and absolute-form
    "PXS":  ("proxy", "server-a",    {"port": 21012}),                 # the same over TLS, certificate of CA a
    "PY":   ("proxy", None,          {"port": 21013}),                 # second HTTP proxy (env vs proxy-url)
    "S5":   ("socks5", None,         {"port": 21014}),
    "CLOSED": ("closed", None,       {"port": 21015}),
    "D443": ("https", "server-a",    {"port": 443, "ns": True}),
    "D80":  ("http",  None,          {"port": 80, "ns": True}),
    "D8080": ("http", None,          {"port": 8080, "ns": True}),
    "D6443": ("https", "server-a",   {"port": 6443, "ns": True}),
}
PODS = re.compile(r"/api/v1/namespaces/[^/]*/pods/?$|/api/v1/pods/?$")
V1 = {"kind": "APIResourceList", "groupVersion": "v1", "resources": [
    {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "shortNames": ["po"],
     "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]}]}


def status(code, reason, msg):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": msg,
            "reason": reason, "code": code}


class Recorder:
    def __init__(self, pki, fixed=False):
        self.pki, self.fixed = pki, fixed
        self.lock = threading.Lock()
        self.events, self.script, self.via = [], {}, {}
        self.ports, self.socks = {}, []
        self.npods = self.active = 0
        for name, (kind, cert, opt) in LISTENERS.items():
            if opt.get("ns") and not fixed:
                continue
            addrs = ["127.0.0.1"]
            if fixed:
                addrs += ["::1", "10.11.12.13"]
            port = opt["port"] if fixed else 0
            for a in addrs:
                s = socket.socket(socket.AF_INET6 if ":" in a else socket.AF_INET)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((a, port))
                port = s.getsockname()[1]
                if kind == "closed":
                    s.close() if fixed else self.socks.append(s)
                    continue
                s.listen(64)
                ctx = self.context(cert, opt) if cert else None
                threading.Thread(target=self.loop, args=(name, kind, s, ctx), daemon=True).start()
            self.ports[name] = port

    def context(self, cert, opt):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if opt.get("max") == "1.2":
            c.maximum_version = ssl.TLSVersion.TLSv1_2
        if opt.get("max") == "1.1":
            c.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                c.minimum_version = ssl.TLSVersion.TLSv1
                c.maximum_version = ssl.TLSVersion.TLSv1_1
        c.load_cert_chain(os.path.join(self.pki, cert + ".crt"), os.path.join(self.pki, cert + ".key"))
        c.load_verify_locations(os.path.join(self.pki, "ca-client.crt"))
        c.verify_mode = ssl.CERT_REQUIRED if opt.get("mtls") else ssl.CERT_OPTIONAL
        c.num_tickets = 0
        c.set_alpn_protocols(["http/1.1"])
        c.sni_callback = lambda so, n, cx: setattr(so, "_sni", n)
        return c

    def begin(self, script=None):
        with self.lock:
            self.events, self.script, self.npods, self.via = [], dict(script or {}), 0, {}

    def add(self, ev):
        with self.lock:
            self.events.append(ev)

    def loop(self, name, kind, s, ctx):
        while True:
            try:
                c, peer = s.accept()
            except OSError:
                return
            with self.lock:
                self.active += 1
            threading.Thread(target=self.serve, args=(name, kind, c, peer, ctx), daemon=True).start()

    def quiet(self, limit=1.0):
        """Wait until no connection is being served."""
        end = time.time() + limit
        time.sleep(0.005)
        while self.active and time.time() < end:
            time.sleep(0.003)

    def serve(self, name, kind, c, peer, ctx):
        c.settimeout(20)
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        via = self.via.get(peer[1])
        info = {"listener": name, "sni": None, "client_cert": None, "tls": None, "proxy": via}
        raw = c
        try:
            if ctx and raw.recv(1, socket.MSG_PEEK) != b"\x16":
                H(self, "plain-on-tls", c, info)     # plain HTTP on a TLS port: recorded, 400 as Go does
                return
            if ctx:
                try:
                    c = ctx.wrap_socket(c, server_side=True, do_handshake_on_connect=False)
                    c._sni = None
                    c.do_handshake()
                except (ssl.SSLError, OSError) as e:
                    self.add({"event": "tls-fail", **info, "sni": getattr(c, "_sni", None),
                              "why": getattr(e, "reason", None) or type(e).__name__})
                    return
                info["sni"], info["tls"] = c._sni, c.version()
                pc = c.getpeercert()
                if pc:
                    info["client_cert"] = ",".join(f"{k}={v}" for rdn in pc["subject"] for k, v in rdn)
            elif kind in ("http", "proxy") and raw.recv(1, socket.MSG_PEEK) == b"\x16":
                raw.recv(65536)
                self.add({"event": "tls-to-plain", **info})     # a TLS hello on a plain port: answer as Go does
                raw.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            if kind == "socks5":
                self.socks5(name, c, info)
            else:
                H(self, kind, c, info)
        except ssl.SSLError as e:      # TLS 1.3: the client's alert comes after our side is done
            self.add({"event": "tls-fail", **info, "why": e.reason or "SSLError"})
        except (OSError, ValueError):
            pass
        finally:
            for x in (c, raw):
                try:
                    x.close()
                except OSError:
                    pass
            with self.lock:
                self.active -= 1

    # -- proxies: every name resolves to 127.0.0.1 and only ports of our own listeners are reached
    def upstream(self, name, host, port, target, auth=None):
        if port not in self.ports.values():
            raise OSError("refused")
        u = socket.socket(socket.AF_INET)
        u.bind(("127.0.0.1", 0))
        self.via[u.getsockname()[1]] = {"name": name, "target": target, "auth": auth}
        u.connect(("127.0.0.1", port))
        return u

    @staticmethod
    def pump(a, b):
        while True:
            pend = [x for x in (a, b) if isinstance(x, ssl.SSLSocket) and x.pending()]
            r = pend or select.select([a, b], [], [], 15)[0]
            if not r:
                return
            for x in r:
                d = x.recv(65536)
                if not d:
                    return
                (b if x is a else a).sendall(d)

    def socks5(self, name, c, info):
        def rd(n):
            b = b""
            while len(b) < n:
                d = c.recv(n - len(b))
                if not d:
                    raise OSError("eof")
                b += d
            return b
        auth = None
        v, n = rd(2)
        if v != 5:
            return
        methods = rd(n)
        if 2 in methods:
            c.sendall(b"\x05\x02")
            rd(1)
            u = rd(rd(1)[0])
            p = rd(rd(1)[0])
            auth = (u + b":" + p).decode("latin1")
            c.sendall(b"\x01\x00")
        else:
            c.sendall(b"\x05\x00")
        _, cmd, _, at = rd(4)
        if at == 1:
            host = "ip4:" + socket.inet_ntoa(rd(4))
        elif at == 3:
            host = "name:" + rd(rd(1)[0]).decode("latin1")
        else:
            host = "ip6:" + socket.inet_ntop(socket.AF_INET6, rd(16))
        port, = struct.unpack(">H", rd(2))
        target = f"{host}:{port}"
        self.add({"event": "socks5", **info, "target": target, "auth": auth})
        try:
            u = self.upstream(name, host, port, target, auth)
        except OSError:
            c.sendall(b"\x05\x05\x00\x01" + b"\0" * 6)
            return
        c.sendall(b"\x05\x00\x00\x01" + b"\0" * 6)
        self.pump(c, u)
        u.close()


class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, rec, kind, sock, info):
        self.rec, self.kind, self.info = rec, kind, info
        self.request, self.client_address, self.server = sock, ("127.0.0.1", 0), None
        self.rfile, self.wfile = sock.makefile("rb"), sock.makefile("wb", 0)
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()

    def log_message(self, *a):
        pass

    def event(self, kind):
        h = self.headers
        return {"event": kind, **self.info, "method": self.command, "path": self.path.split("?")[0],
                "query": self.path.partition("?")[2], "host": h.get("Host"),
                "authorization": h.get_all("Authorization") or [],
                "impersonate": sorted(([k.lower(), v] for k, v in h.items() if k.lower().startswith("impersonate-")),
                                      key=lambda x: x[0]),
                "user_agent": h.get("User-Agent"), "accept": h.get("Accept"),
                "accept_encoding": h.get("Accept-Encoding"), "proxy_authorization": h.get("Proxy-Authorization"),
                "cookie": h.get("Cookie")}

    def body(self):
        n = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(n) if n else b""

    def send(self, code, obj, extra=()):
        b = json.dumps(obj).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(b)))
        for k, v in extra:
            self.send_header(k, v)
        self.end_headers()
        self.wfile.write(b)

    def any(self):
        if self.kind == "proxy":
            return self.proxy()
        self.body()
        if self.kind == "plain-on-tls":
            self.rec.add({**self.event("request"), "plain_on_tls": True, "code": 400})
            self.close_connection = True
            b = b"Client sent an HTTP request to an HTTPS server.\n"
            return self.wfile.write(b"HTTP/1.0 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(b) + b)
        p = self.path.split("?")[0]
        ev = self.event("request")
        ev["pods"] = bool(PODS.search(p)) and self.command == "GET"
        code, obj, extra = 200, None, []
        if ev["pods"]:
            seq = self.rec.script.get("pods") or [200]
            with self.rec.lock:
                code = seq[min(self.rec.npods, len(seq) - 1)]
                self.rec.npods += 1
            if code == 200:
                obj = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}
            elif isinstance(code, str) and code.startswith("302:"):
                extra = [("Location", code[4:].replace("${PORT_", "").replace("}", ""))]
                m = re.match(r"302:(\w+)://([^/]*):\$\{PORT_(\w+)\}(.*)", code)
                extra = [("Location", f"{m[1]}://{m[2]}:{self.rec.ports[m[3]]}{m[4]}")]
                code, obj = 302, {}
            else:
                reason = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 500: "InternalError",
                          429: "TooManyRequests", 503: "ServiceUnavailable"}.get(code, "")
                obj = status(code, reason, f"scripted {code}")
                if code in (429, 503):
                    extra = [("Retry-After", "1")]
        elif p.endswith("/version"):
            obj = {"major": "1", "minor": "32", "gitVersion": "v1.32.4", "platform": "linux/amd64"}
        elif p.endswith("/api"):
            obj = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        elif p.endswith("/apis"):
            obj = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
        elif p.endswith("/api/v1"):
            obj = V1
        elif p.endswith("/.well-known/openid-configuration"):
            obj = {"issuer": "x", "token_endpoint": "https://127.0.0.1:%d/token" % self.rec.ports["A"]}
        else:
            code, obj = 404, status(404, "NotFound", "no such path")
        ev["code"] = code
        self.rec.add(ev)
        self.send(code, obj, extra)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = any

    def do_CONNECT(self):
        if self.kind != "proxy":
            self.rec.add(self.event("request"))
            return self.send(405, {})
        ev = self.event("connect")
        self.rec.add(ev)
        host, _, port = self.path.rpartition(":")
        try:
            u = self.rec.upstream(self.info["listener"], host, int(port), self.path, ev["proxy_authorization"])
        except (OSError, ValueError):
            self.close_connection = True
            return self.send(502, {})
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.close_connection = True
        self.rec.pump(self.request, u)
        u.close()

    def proxy(self):
        ev = self.event("proxy-request")
        self.rec.add(ev)
        self.close_connection = True
        m = re.match(r"http://([^/]*?)(?::(\d+))?(/.*)?$", self.path)
        if not m:
            return self.send(400, {})
        try:
            u = self.rec.upstream(self.info["listener"], m[1], int(m[2] or 80), f"{m[1]}:{m[2] or 80}",
                                  ev["proxy_authorization"])
        except OSError:
            return self.send(502, {})
        head = f"{self.command} {m[3] or '/'} HTTP/1.1\r\n"
        for k, v in self.headers.items():
            if k.lower() not in ("connection", "proxy-connection", "proxy-authorization"):
                head += f"{k}: {v}\r\n"
        u.sendall(head.encode("latin1") + b"Connection: close\r\n\r\n" + self.body())
        while True:
            d = u.recv(65536)
            if not d:
                break
            self.wfile.write(d)
        u.close()
