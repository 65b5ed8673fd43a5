// SPDX-License-Identifier: Apache-2.0

// A recording API server for measurements: TLS, HTTP/2, as quick as can be, with just enough answers for a submission by
// libsparkk8s, spark-submit, kubectl create and spark-on-k8s. It keeps nothing but counts; GET /count tells them.
//
//	server FOLDER    writes FOLDER/ca.crt and FOLDER/kubeconfig, prints its URL, serves until killed
//	server fill ...  makes drivers in a real cluster (fill.go)
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

const token = "bench-token"

var requests, connections, open atomic.Int64

// What discovery tells kubectl.
var documents = map[string]string{
	"/version": `{"major":"1","minor":"36","gitVersion":"v1.36.3"}`,
	"/api":     `{"kind":"APIVersions","versions":["v1"]}`,
	"/apis": `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"networking.k8s.io","versions":[{"groupVersion":"networking.k8s.io/v1",
		"version":"v1"}],"preferredVersion":{"groupVersion":"networking.k8s.io/v1","version":"v1"}}]}`,
	"/api/v1": `{"kind":"APIResourceList","groupVersion":"v1","resources":[
		{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["create","get","list","patch","delete","watch"]},
		{"name":"services","singularName":"service","namespaced":true,"kind":"Service","verbs":["create","get","list","patch","delete"]},
		{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":["create","get","list","patch","delete"]}]}`,
	"/apis/networking.k8s.io/v1": `{"kind":"APIResourceList","groupVersion":"networking.k8s.io/v1","resources":[
		{"name":"networkpolicies","singularName":"networkpolicy","namespaced":true,"kind":"NetworkPolicy","verbs":["create","get","patch"]}]}`,
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/count" {
		fmt.Fprintf(w, "%d requests %d connections %d open %d watches %d logs %d most\n", requests.Load(), connections.Load(), open.Load(),
			watches.Load(), logs.Load(), mostLogs.Load())
		return
	}
	n := requests.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if serveFleet(w, r) || serveLive(w, r) {
		return
	}
	if text, ok := documents[strings.TrimSuffix(r.URL.Path, "/")]; ok {
		io.WriteString(w, text)
		return
	}
	object := map[string]any{}
	body, _ := io.ReadAll(r.Body)
	if r.Method == "GET" || (len(body) > 0 && json.Unmarshal(body, &object) != nil) {
		w.WriteHeader(404)
		io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
		return
	}
	metadata, _ := object["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
		object["metadata"] = metadata
	}
	metadata["uid"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	metadata["resourceVersion"] = fmt.Sprint(n)
	metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"
	if metadata["namespace"] == nil {
		metadata["namespace"] = "default"
	}
	if metadata["name"] == nil { // a patch of what is there
		metadata["name"] = filepath.Base(r.URL.Path)
	}
	if r.Method == "POST" {
		w.WriteHeader(201)
	}
	json.NewEncoder(w).Encode(object)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A certificate for 127.0.0.1 that is its own CA.
func certificate(folder string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	check(os.WriteFile(filepath.Join(folder, "ca.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func main() {
	if os.Args[1] == "fill" {
		fill(os.Args[2:])
		return
	}
	folder := os.Args[1]
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: http.HandlerFunc(serve), TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate(folder)}},
		ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				connections.Add(1)
				open.Add(1)
			} else if s == http.StateClosed {
				open.Add(-1)
			}
		}}
	url := "https://" + listener.Addr().String()
	config := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"bench",
"clusters":[{"name":"bench","cluster":{"server":%q,"certificate-authority":%q}}],
"users":[{"name":"bench","user":{"token":%q}}],
"contexts":[{"name":"bench","context":{"cluster":"bench","user":"bench"}}]}`, url, filepath.Join(folder, "ca.crt"), token)
	check(os.WriteFile(filepath.Join(folder, "kubeconfig"), []byte(config), 0o600))
	fmt.Println(url)
	check(server.ServeTLS(listener, "", ""))
}
