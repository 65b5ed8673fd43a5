// SPDX-License-Identifier: Apache-2.0

// Drivers in a real cluster, which nobody runs: they name a scheduler that is not there, their status is written through the API.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
)

type api struct {
	client http.Client
	token  string
}

func newAPI(authority, token string) *api {
	pem, err := os.ReadFile(authority)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &api{client: http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}, token: token}
}

func (a *api) send(method, url, kind string, object any) {
	body, err := json.Marshal(object)
	check(err)
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	check(err)
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", kind)
	answer, err := a.client.Do(request)
	check(err)
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		log.Fatalf("%s %s: %s", method, url, text)
	}
}

// The pod as one creates it, and its status.
func parts(ns string, i int) (pod, status map[string]any) {
	check(json.Unmarshal([]byte(driver(ns, i, 0, running)), &pod))
	metadata := pod["metadata"].(map[string]any)
	for _, name := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"} {
		delete(metadata, name)
	}
	status = map[string]any{"status": pod["status"]}
	delete(pod, "status")
	return pod, status
}

// server fill URL CA TOKEN NAMESPACE FIRST LAST
func fill(args []string) {
	var first, last int
	url := args[0] + "/api/v1/namespaces/" + args[3] + "/pods"
	target := newAPI(args[1], args[2])
	fmt.Sscan(args[4], &first)
	fmt.Sscan(args[5], &last)
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for i := range numbers {
				pod, status := parts(args[3], i)
				target.send("POST", url, "application/json", pod)
				target.send("PATCH", url+"/"+driverName(i)+"/status", "application/merge-patch+json", status)
			}
		})
	}
	for i := first; i < last; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
}
