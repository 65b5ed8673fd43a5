// SPDX-License-Identifier: Apache-2.0

// Drivers by the thousand, as recorded of a real cluster (pod.json, managed fields and all). Their namespace says how many:
//
//	fleet-RUNS-EVENTS    a list has RUNS drivers; a watch changes each of them in turn, EVENTS times in all, ends each, and closes
//	log-LINES            a driver that has ended, with LINES lines of log
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

//go:embed pod.json
var podText string

const (
	running = `{"running":{"startedAt":"2026-01-01T00:00:10Z"}}`
	ended   = `{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-01-01T00:00:10Z","finishedAt":"2026-01-01T00:01:00Z",` +
		`"containerID":"containerd://810d71094dfa2c4a572240211232983410353c4d1d5839f6291d63535fd6b3fc"}}`
	firstVersion = 1000
)

func driverName(i int) string { return fmt.Sprintf("bench-%06d-driver", i) }

func driver(ns string, i, version int, state string) string {
	return fillIn(podText, ns, i, version, state)
}

// What kubectl asks for: a row of cells with the object's metadata for each driver.
const tableHead = `"columnDefinitions":[{"name":"Name","type":"string","format":"name"},{"name":"Ready","type":"string"},` +
	`{"name":"Status","type":"string"},{"name":"Restarts","type":"string"},{"name":"Age","type":"string"},` +
	`{"name":"IP","type":"string","priority":1},{"name":"Node","type":"string","priority":1},` +
	`{"name":"Nominated Node","type":"string","priority":1},{"name":"Readiness Gates","type":"string","priority":1}],"rows":[`

var rowText = func() string {
	var pod map[string]json.RawMessage
	check(json.Unmarshal([]byte(strings.Replace(podText, "@STATE@", "{}", 1)), &pod))
	return `{"cells":["@NAME@","1/1","Running","0","4m6s","10.244.0.95","node1","<none>","<none>"],"object":{"kind":"PartialObjectMetadata",` +
		`"apiVersion":"meta.k8s.io/v1","metadata":` + string(pod["metadata"]) + `}}`
}()

func fillIn(text, ns string, i, version int, state string) string {
	return strings.NewReplacer("@NS@", ns, "@NAME@", driverName(i), "@UID@", fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "@APP@",
		fmt.Sprintf("spark-%032d", i), "@VERSION@", strconv.Itoa(version), "@STATE@", state).Replace(text)
}

// One page of the list; the token to continue is the number of the next driver.
func listDrivers(w io.Writer, ns string, runs int, query map[string][]string, table bool) {
	head, text := `"kind":"PodList","apiVersion":"v1"`, podText
	items := `"items":[`
	if table {
		head, text, items = `"kind":"Table","apiVersion":"meta.k8s.io/v1"`, rowText, tableHead
	}
	first, _ := strconv.Atoi(one(query, "continue"))
	limit, _ := strconv.Atoi(one(query, "limit"))
	last := runs
	if limit > 0 && first+limit < runs {
		last = first + limit
	}
	more := ""
	if last < runs {
		more = fmt.Sprintf(`,"continue":"%d"`, last)
	}
	fmt.Fprintf(w, `{%s,"metadata":{"resourceVersion":"%d"%s},%s`, head, firstVersion, more, items)
	for i := first; i < last; i++ {
		if i > first {
			io.WriteString(w, ",")
		}
		io.WriteString(w, fillIn(text, ns, i, firstVersion, running))
	}
	io.WriteString(w, "]}")
}

func watchDrivers(w http.ResponseWriter, r *http.Request, ns string, runs, events int) {
	var batch bytes.Buffer
	for n := 1; n <= events+runs && r.Context().Err() == nil; n++ {
		state := running
		if n > events {
			state = ended
		}
		fmt.Fprintf(&batch, `{"type":"MODIFIED","object":%s}`+"\n", driver(ns, n%runs, firstVersion+n, state))
		if batch.Len() > 1<<18 || n == events+runs {
			w.Write(batch.Bytes())
			batch.Reset()
		}
	}
}

func writeLog(w http.ResponseWriter, lines int) {
	w.Header().Set("Content-Type", "text/plain")
	var batch bytes.Buffer
	for n := 0; n < lines; n++ {
		fmt.Fprintf(&batch, "2026-01-01T%02d:%02d:%02d.%09dZ 26/01/01 00:00:00 INFO TaskSetManager: Finished task %d.0 in stage 0.0 (TID %d) in 35 ms on 10.244.0.95 (executor 1)\n",
			n/3600000%24, n/60000%60, n/1000%60, n%1000*1000000, n, n)
		if batch.Len() > 1<<18 || n == lines-1 {
			w.Write(batch.Bytes())
			batch.Reset()
		}
	}
}

func one(query map[string][]string, name string) string {
	if values := query[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// serveFleet answers what is asked of the namespaces above; false: it was something else.
func serveFleet(w http.ResponseWriter, r *http.Request) bool {
	var runs, events, lines int
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces/"), "/")
	if r.Method != "GET" || len(parts) < 2 || parts[1] != "pods" {
		return false
	}
	query := r.URL.Query()
	if n, _ := fmt.Sscanf(parts[0], "log-%d", &lines); n == 1 && len(parts) > 2 {
		if len(parts) == 4 && parts[3] == "log" {
			writeLog(w, lines)
		} else {
			io.WriteString(w, driver(parts[0], 0, firstVersion, ended))
		}
		return true
	}
	if n, _ := fmt.Sscanf(parts[0], "fleet-%d-%d", &runs, &events); n != 2 || len(parts) != 2 {
		return false
	}
	if !strings.Contains(one(query, "labelSelector"), "driver") {
		runs, events = 0, 0
	}
	switch {
	case one(query, "watch") == "":
		listDrivers(w, parts[0], runs, query, strings.Contains(r.Header.Get("Accept"), "as=Table"))
	case runs == 0:
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		watchDrivers(w, r, parts[0], runs, events)
	}
	return true
}
