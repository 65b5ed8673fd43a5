// SPDX-License-Identifier: Apache-2.0

// An HTTP/2 server for the tests: h2server CERT KEY prints its port and ends with its standard input. /count answers how
// many connections and how many requests at once there have been; everything else answers after 200 ms.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

var connections, now, most atomic.Int64

func answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/count" {
		fmt.Fprintf(w, `{"connections": %d, "most": %d, "proto": %q}`, connections.Load(), most.Load(), r.Proto)
		return
	}
	// As the API server does. Who answers before the body has come resets the stream, and libcurl takes that for an error.
	io.Copy(io.Discard, r.Body)
	for n, old := now.Add(1), most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
	defer now.Add(-1)
	time.Sleep(200 * time.Millisecond)
	fmt.Fprintf(w, `{"proto": %q}`, r.Proto)
}

func main() {
	pair, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{
		Handler:   http.HandlerFunc(answer),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		},
	}
	go server.ServeTLS(listener, "", "")
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	io.Copy(io.Discard, os.Stdin)
}
