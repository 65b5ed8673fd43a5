#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 server that speaks in frames, to end requests in ways that a server of a library does not:

    h2raw.py CERT KEY SCENARIO

Prints its port, and ends when its standard input does. What happens on the first connection is the scenario's; later ones
are served. Each answer is {"requests": r, "connections": c, "done": d}: received, opened, and carried out, "done" by those
that it answered or lost after that. Scenarios, for the second request of the first connection:

    before        GOAWAY comes after the first answer, when nothing is under way
    during        GOAWAY names this request as the last one, which is then answered
    graceful      GOAWAY names the greatest number there is, then the answer, and then the connection is closed
    below         GOAWAY names the first request: this one was not looked at
    refused       RST_STREAM REFUSED_STREAM: the same, and the connection goes on
    reset         RST_STREAM INTERNAL_ERROR: it may have been carried out
    lost          carried out, then the connection is closed without a word
    mute          nothing is answered, and nothing is closed
    calm          GOAWAY ENHANCE_YOUR_CALM, names this request, and closes
"""
import os
import socket
import ssl
import struct
import sys
import threading

DATA, HEADERS, RST, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = b"\x88"
REFUSED_STREAM, INTERNAL_ERROR, ENHANCE_YOUR_CALM = 7, 2, 11
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LOCK = threading.Lock()
seen = {"requests": 0, "connections": 0, "done": 0}


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class Connection:
    def __init__(self, sock, scenario):
        self.sock, self.scenario, self.requests, self.first = sock, scenario, 0, 0
        with LOCK:
            seen["connections"] += 1
            self.number = seen["connections"]

    def send(self, kind, flags, stream, payload=b""):
        self.sock.sendall(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)

    def goaway(self, last, error=0):
        self.send(GOAWAY, 0, 0, struct.pack(">II", last, error))

    def carry_out(self):
        with LOCK:
            seen["done"] += 1

    def answer(self, stream):
        self.carry_out()
        body = b'{"requests": %d, "connections": %d, "done": %d}' % tuple(seen.values())
        self.send(HEADERS, END_HEADERS, stream, STATUS_200)
        self.send(DATA, END_STREAM, stream, body)

    def close(self):
        raise EOFError

    def request(self, stream):
        self.requests += 1
        with LOCK:
            seen["requests"] += 1
        if self.number == 1 and self.requests == 1:
            self.first = stream
        if self.number > 1 or self.requests != 2 or self.scenario == "before":
            self.answer(stream)
            if self.number == 1 and self.scenario == "before":
                self.goaway(stream)
            return
        getattr(self, self.scenario)(stream)

    def during(self, stream):
        self.goaway(stream)
        self.answer(stream)

    def graceful(self, stream):
        self.goaway(0x7fffffff)
        self.answer(stream)
        self.close()

    def below(self, stream):
        self.goaway(self.first)
        self.close()

    def refused(self, stream):
        self.send(RST, 0, stream, struct.pack(">I", REFUSED_STREAM))

    def reset(self, stream):
        self.carry_out()
        self.send(RST, 0, stream, struct.pack(">I", INTERNAL_ERROR))

    def mute(self, stream):
        pass

    def lost(self, stream):
        self.carry_out()
        self.close()

    def calm(self, stream):
        self.carry_out()
        self.goaway(stream, ENHANCE_YOUR_CALM)
        self.close()

    def serve(self):
        assert exactly(self.sock, len(PREFACE)) == PREFACE
        self.send(SETTINGS, 0, 0)
        while True:
            head = exactly(self.sock, 9)
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream = int.from_bytes(head[5:], "big") & 0x7fffffff
            exactly(self.sock, length)
            if kind == SETTINGS and not flags & ACK:
                self.send(SETTINGS, ACK, 0)
            elif kind == PING and not flags & ACK:
                self.send(PING, ACK, 0, b"\0" * 8)
            elif kind in (HEADERS, DATA) and flags & END_STREAM:
                self.request(stream)


def handle(sock, context, scenario):
    try:
        with context.wrap_socket(sock, server_side=True) as tls:
            Connection(tls, scenario).serve()
    except (EOFError, OSError):
        pass


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=handle, args=(listener.accept()[0], context, sys.argv[3]), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    os.write(1, b"%d\n" % listener.getsockname()[1])
    sys.stdin.read()
    os._exit(0)


main()
