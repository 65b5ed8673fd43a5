// What one cluster is: its state folder, its addresses, and the tuning that the
// environment gives.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The cluster lives in namespaces of its own; of the host side it uses only
// one end of a veth pair, three routes and a port of the loopback. All follow
// from the slot, so that several clusters can stand beside each other.
type settings struct {
	Name  string   `json:"name"`
	Slot  int      `json:"slot"`  // 0..31
	Port  int      `json:"port"`  // on 127.0.0.1
	CPUs  int      `json:"cpus"`  // that the node shows; 0: the machine's own
	Seed  string   `json:"seed"`  // root folder of a containerd that has the images
	Binds []string `json:"binds"` // HOST:CONTAINER, read-only in every container
}

const nodeName = "node1"

var (
	conf  settings
	state string // absolute path of the state folder

	hostIP, nodeIP, podCIDR, svcCIDR, svcIP string
	hostLink, cgroupName                    string

	began = time.Now()
)

func env(name, otherwise string) string {
	if v := os.Getenv("LOCAL_CLUSTER_" + name); v != "" {
		return v
	}
	return otherwise
}

// in gives the path of something in the state folder.
func in(parts ...string) string { return filepath.Join(append([]string{state}, parts...)...) }

func loadSettings() {
	var err error
	state, err = filepath.Abs(os.Getenv("CLUSTERBOX_STATE"))
	must(err)
	for _, masked := range []string{"/run/", "/var/lib/", "/var/log/", "/var/run/"} {
		if strings.HasPrefix(state+"/", masked) {
			must(fmt.Errorf("the state folder must not be under %s: the cluster mounts a file system of its own there", masked))
		}
	}
	text, err := os.ReadFile(in("cluster.json"))
	must(err)
	must(json.Unmarshal(text, &conf))
	hostIP = fmt.Sprintf("10.199.%d.1", conf.Slot)
	nodeIP = fmt.Sprintf("10.199.%d.2", conf.Slot)
	podCIDR = fmt.Sprintf("10.244.%d.0/21", conf.Slot*8)
	svcCIDR = fmt.Sprintf("10.96.%d.0/21", conf.Slot*8)
	svcIP = fmt.Sprintf("10.96.%d.1", conf.Slot*8)
	hostLink = fmt.Sprintf("sparkk8s%d", conf.Slot)
	// Names are unique in one folder of clusters only; another user's may be elsewhere.
	cgroupName = fmt.Sprintf("sparkk8s-%s-%.6x", conf.Name, sha256.Sum256([]byte(state)))
	if t, err := strconv.ParseFloat(os.Getenv("CLUSTERBOX_BEGAN"), 64); err == nil {
		began = time.UnixMicro(int64(t * 1e6))
	}
}

// step reports progress, in the form that the calling script uses too.
func step(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}
