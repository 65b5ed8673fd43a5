#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP(S) server that misbehaves as its paths say; the tests' API server below Kubernetes' meaning.

    server.py [CERT KEY [CLIENT-CA]]

Prints its port, and ends when its standard input does. HTTP/1.1, one thread a connection.
"""
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import zlib

LOCK = threading.Lock()
STATS = {"connections": 0, "requests": 0, "sent": 0}
SEEN = {}                               # path -> how often it was asked for


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.doomed = False
        with LOCK:
            STATS["connections"] += 1
            self.number = STATS["connections"]

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        self.options = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with LOCK:
            if url.path != "/stats":
                STATS["requests"] += 1
            self.times = SEEN[self.path] = SEEN.get(self.path, 0) + 1
        if self.doomed:
            return self.hang_up()
        words = [w for w in url.path.split("/") if w]
        return getattr(self, "on_" + (words[0] if words else "nothing"), self.on_nothing)(words[1:])

    do_GET = do_POST = do_PATCH = do_DELETE = handle_request

    def on_nothing(self, words):
        self.answer(404, b"404 page not found\n", [("Content-Type", "text/plain")])

    def on_echo(self, words):
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        self.answer(200, {"method": self.command, "target": self.path, "headers": [[k.lower(), v] for k, v in self.headers.items()],
                          "body": self.body.decode(), "connection": self.number,
                          "client": dict(p for r in peer["subject"] for p in r).get("commonName") if peer else None})

    def on_stats(self, words):
        self.answer(200, STATS)

    def on_status(self, words):         # /status/CODE?body=B&retry-after=N
        headers = [("Retry-After", self.options["retry-after"])] if "retry-after" in self.options else []
        self.answer(int(words[0]), self.options.get("body", "").encode(), headers)

    def on_busy(self, words):           # /busy/CODE/TIMES: so often, then 200
        if self.times <= int(words[1]):
            return self.answer(int(words[0]), b"Too many requests, please try again later.\n",
                               [("Retry-After", self.options.get("after", "0")), ("Content-Type", "text/plain")])
        return self.answer(200, {"times": self.times, "body": self.body.decode()})

    def on_try(self, words):            # /try/CODE/TIMES?retry=AFTER&body=TEXT: so often, then 200
        if self.times > int(words[1]):
            return self.answer(200, {"times": self.times})
        headers = [("Retry-After", self.options["retry"])] if "retry" in self.options else []
        return self.answer(int(words[0]), self.options.get("body", "").encode(), headers)

    def on_warn(self, words):           # /warn?w=WARNING&w=...
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.answer(200, b"{}", [("Warning", w) for w in query["w"]])

    def on_typed(self, words):          # /typed?type=TYPE&body=TEXT
        self.answer(200, self.options["body"].encode(), [("Content-Type", self.options["type"])])

    def on_bomb(self, words):           # /bomb/CODE/MIB: so many MiB of blanks, in gzip
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        body = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(int(words[1]))) + packer.flush()
        self.answer(int(words[0]), body, [("Content-Encoding", "gzip")])

    def on_token(self, words):          # /token?is=T
        if self.headers.get("Authorization") == "Bearer " + self.options["is"]:
            return self.answer(200, {"times": self.times})
        return self.answer(401, {"kind": "Status", "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized",
                                 "code": 401})

    def on_stall(self, words):
        try:
            while self.connection.recv(1):
                pass
        except OSError:
            pass
        self.close_connection = True

    def on_slow(self, words):           # /slow/MS
        time.sleep(int(words[0]) / 1000)
        self.answer(200, {})

    def on_drop(self, words):           # /drop/TIMES: no answer so often
        if self.times <= int(words[0]):
            return self.hang_up()
        return self.answer(200, {"times": self.times})

    def on_doom(self, words):           # answers, but hangs up at the next request of this connection
        self.doomed = True
        self.answer(200, {})

    def on_cut(self, words):            # /cut[/TIMES]: in the middle of the answer, so often
        if words and self.times > int(words[0]):
            return self.answer(200, {"times": self.times})
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"0123456789")
        self.hang_up()

    def on_head(self, words):           # /head/N: so many bytes of the head of an answer
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"[:int(words[0])])
        self.hang_up()

    def on_redirect(self, words):       # /redirect[/CODE?to=URL]
        self.answer(int(words[0]) if words else 302, b"", [("Location", self.options.get("to", "/echo"))])

    def on_big(self, words):            # /big/MIB
        self.send_response(200)
        self.send_header("Content-Length", str(int(words[0]) << 20))
        self.end_headers()
        for _ in range(int(words[0])):
            self.wfile.write(b"x" * (1 << 20))

    # ---- streams: chunked ----

    def begin(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()
        with LOCK:
            STATS["sent"] += len(data)

    def on_lines(self, words):          # /lines/COUNT?cut=N&end=clean|cut&rest=TEXT
        data = b"".join(b"line %d\n" % i for i in range(int(words[0]))) + self.options.get("rest", "").encode()
        cut = int(self.options.get("cut", len(data) or 1))
        self.begin()
        for i in range(0, len(data), cut):
            self.chunk(data[i:i + cut])
        if self.options.get("end") == "cut":
            return self.hang_up()
        return self.wfile.write(b"0\r\n\r\n")

    def on_flood(self, words):          # /flood/MIB: lines of 1 KiB
        self.begin()
        data = (b"y" * 1023 + b"\n") * 64
        for _ in range(int(words[0]) * 16):
            self.chunk(data)
        self.wfile.write(b"0\r\n\r\n")

    def on_hold(self, words):           # one line, and then nothing
        self.begin()
        self.chunk(b"first\n")
        self.on_stall(words)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = None
        if files:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(files[0], files[1])
            if len(files) > 2:
                self.context.verify_mode = ssl.CERT_REQUIRED
                self.context.load_verify_locations(files[2])

    def finish_request(self, request, client_address):
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            request = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            try:
                request.do_handshake()
            except ssl.SSLError:
                time.sleep(0.3)         # the alert is to be read before the reset
                raise
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server(sys.argv[1:])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(1, b"%d\n" % server.server_address[1])
    sys.stdin.read()
    os._exit(0)


main()
