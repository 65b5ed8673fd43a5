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

func newClient(authority, certificate, key string) *http.Client {
	pem, err := os.ReadFile(authority)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	own, err := tls.LoadX509KeyPair(certificate, key)
	check(err)
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
}

func send(client *http.Client, method, url, kind string, object any) {
	body, err := json.Marshal(object)
	check(err)
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	check(err)
	request.Header.Set("Content-Type", kind)
	answer, err := client.Do(request)
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
	spec := pod["spec"].(map[string]any)
	delete(spec, "nodeName")
	spec["schedulerName"] = "none"
	return pod, status
}

// server fill URL CA CERTIFICATE KEY NAMESPACE FIRST LAST
func fill(args []string) {
	var first, last int
	url := args[0] + "/api/v1/namespaces/" + args[4] + "/pods"
	client := newClient(args[1], args[2], args[3])
	fmt.Sscan(args[5], &first)
	fmt.Sscan(args[6], &last)
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for i := range numbers {
				pod, status := parts(args[4], i)
				send(client, "POST", url, "application/json", pod)
				send(client, "PATCH", url+"/"+driverName(i)+"/status", "application/merge-patch+json", status)
			}
		})
	}
	for i := first; i < last; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
}
