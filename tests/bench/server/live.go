// SPDX-License-Identifier: Apache-2.0

// Runs that go on until they are told to end: for who holds thousands of them.
//
//	live-RUNS-EXECUTORS-MS    RUNS drivers with EXECUTORS executors each; a driver writes a line each MS milliseconds (0: nothing)
//
// Nothing happens to them until GET /end/NAMESPACE, which ends all at once. Lists in pages, streaming lists, logs from a time on.
package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const mostLine = "%s 26/01/01 00:00:00 INFO TaskSetManager: Finished task %d.0 in stage 0.0 (TID %d) in 35 ms on 10.244.0.95 (executor 1)\n"

type live struct {
	ns              string
	runs, executors int
	period          time.Duration
	began           time.Time
	over            chan struct{} // closed: all have ended
	end             sync.Once
}

var lives sync.Map
var watches, logs, mostLogs atomic.Int64

// The namespace, made at its first use; nil: it is none of these.
func liveOf(ns string) *live {
	if one, ok := lives.Load(ns); ok {
		return one.(*live)
	}
	var runs, executors, ms int
	if n, _ := fmt.Sscanf(ns, "live-%d-%d-%d", &runs, &executors, &ms); n != 3 {
		return nil
	}
	one, _ := lives.LoadOrStore(ns, &live{ns: ns, runs: runs, executors: executors, period: time.Duration(ms) * time.Millisecond,
		began: time.Now().Truncate(time.Second), over: make(chan struct{})})
	return one.(*live)
}

func (l *live) hasEnded() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// Pods by number: a driver, its executors, the next driver.
func (l *live) pod(i int) string {
	run, n := i/(1+l.executors), i%(1+l.executors)
	version, state := firstVersion, running
	if l.hasEnded() {
		version, state = firstVersion+1+run, ended
	}
	text := driver(l.ns, run, version, state)
	if state == ended {
		text = strings.Replace(text, `"phase":"Running"`, `"phase":"Succeeded"`, 1)
	}
	if n == 0 {
		return text
	}
	return strings.NewReplacer(`"spark-role":"driver"`, fmt.Sprintf(`"spark-role":"executor","spark-exec-id":"%d"`, n), driverName(run),
		fmt.Sprintf("bench-%06d-exec-%d", run, n), "00000000-0000-4000-8000", fmt.Sprintf("00000000-0000-4000-9%03d", n),
		"spark-kubernetes-driver", "spark-kubernetes-executor").Replace(text)
}

// The numbers of the pods that a selector of labels finds.
func (l *live) numbers(labels string) []int {
	var found []int
	for i := range l.runs * (1 + l.executors) {
		if role := "driver"; i%(1+l.executors) > 0 {
			if role = "executor"; labels != "" && !strings.Contains(labels, role) {
				continue
			}
		} else if labels != "" && !strings.Contains(labels, role) {
			continue
		}
		found = append(found, i)
	}
	return found
}

func (l *live) list(w io.Writer, numbers []int, query map[string][]string) {
	first, _ := strconv.Atoi(one(query, "continue"))
	limit, _ := strconv.Atoi(one(query, "limit"))
	last, more := len(numbers), ""
	if limit > 0 && first+limit < last {
		last = first + limit
		more = fmt.Sprintf(`,"continue":"%d"`, last)
	}
	fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"%d"%s},"items":[`, firstVersion, more)
	for i, n := range numbers[first:last] {
		if i > 0 {
			io.WriteString(w, ",")
		}
		io.WriteString(w, l.pod(n))
	}
	io.WriteString(w, "]}")
}

func (l *live) watch(w http.ResponseWriter, r *http.Request, numbers []int) {
	watches.Add(1)
	if one(r.URL.Query(), "sendInitialEvents") == "true" {
		for _, n := range numbers {
			fmt.Fprintf(w, `{"type":"ADDED","object":%s}`+"\n", l.pod(n))
		}
		fmt.Fprintf(w, `{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"%d",`+
			`"annotations":{"k8s.io/initial-events-end":"true"}}}}`+"\n", firstVersion)
	}
	w.(http.Flusher).Flush()
	select {
	case <-l.over:
		for _, n := range numbers {
			fmt.Fprintf(w, `{"type":"MODIFIED","object":%s}`+"\n", l.pod(n))
		}
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case <-r.Context().Done():
	}
}

// Line n comes n periods after the beginning, a little later in each pod.
func (l *live) log(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Content-Type", "text/plain")
	open := logs.Add(1)
	defer logs.Add(-1)
	for most := mostLogs.Load(); open > most && !mostLogs.CompareAndSwap(most, open); most = mostLogs.Load() {
	}
	var number int
	fmt.Sscanf(name, "bench-%d-driver", &number)
	since, _ := time.Parse(time.RFC3339Nano, one(r.URL.Query(), "sinceTime"))
	w.(http.Flusher).Flush()
	for n := 0; l.period > 0; n++ {
		at := l.began.Add(time.Duration(n)*l.period + l.period*time.Duration(number)/time.Duration(l.runs))
		if wait := time.Until(at); wait > 0 {
			if one(r.URL.Query(), "follow") != "true" {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(wait):
			case <-l.over:
				return
			case <-r.Context().Done():
				return
			}
		}
		if !at.Before(since) {
			fmt.Fprintf(w, mostLine, at.UTC().Format("2006-01-02T15:04:05.000000000Z"), n, n)
		}
	}
	if one(r.URL.Query(), "follow") == "true" {
		select {
		case <-l.over:
		case <-r.Context().Done():
		}
	}
}

// serveLive answers what is asked of the namespaces above; false: it was something else.
func serveLive(w http.ResponseWriter, r *http.Request) bool {
	if ns, ok := strings.CutPrefix(r.URL.Path, "/end/"); ok && liveOf(ns) != nil {
		liveOf(ns).end.Do(func() { close(liveOf(ns).over) })
		return true
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/namespaces/"), "/")
	if r.Method != "GET" || len(parts) < 2 || parts[1] != "pods" {
		return false
	}
	l := liveOf(parts[0])
	if l == nil {
		return false
	}
	query := r.URL.Query()
	switch {
	case len(parts) == 4 && parts[3] == "log":
		l.log(w, r, parts[2])
	case len(parts) == 3:
		var number int
		fmt.Sscanf(parts[2], "bench-%d-driver", &number)
		io.WriteString(w, l.pod(number*(1+l.executors)))
	case one(query, "watch") == "":
		l.list(w, l.numbers(one(query, "labelSelector")), query)
	default:
		l.watch(w, r, l.numbers(one(query, "labelSelector")))
	}
	return true
}
