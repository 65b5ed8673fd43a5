// More CPUs than the machine has, for the node to show.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// showCPUs lets pods be scheduled that ask for more CPUs than there are (by
// default a Spark driver and two executors ask for three): cAdvisor, which the
// kubelet asks, counts them in /sys/devices/system and /proc/cpuinfo.
func showCPUs() {
	n := conf.CPUs
	if n == 0 {
		return
	}
	put := func(text, format string, args ...any) {
		path := in("mem/system", fmt.Sprintf(format, args...))
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, []byte(text), 0o644))
	}
	list := fmt.Sprintf("0-%d\n", n-1)
	for _, name := range []string{"online", "possible", "present"} {
		put(list, "cpu/%s", name)
	}
	memory, _ := os.ReadFile("/sys/devices/system/node/node0/meminfo")
	put("0\n", "node/online")
	put(list, "node/node0/cpulist")
	put(string(memory), "node/node0/meminfo")
	put("10\n", "node/node0/distance")
	var info strings.Builder
	for i := 0; i < n; i++ {
		core := fmt.Sprintln(i)
		put(core, "cpu/cpu%d/topology/core_id", i)
		put("0\n", "cpu/cpu%d/topology/physical_package_id", i)
		put("1\n", "cpu/cpu%d/online", i)
		put(core, "node/node0/cpu%d/topology/core_id", i)
		put("0\n", "node/node0/cpu%d/topology/physical_package_id", i)
		fmt.Fprintf(&info, "processor\t: %d\nvendor_id\t: GenuineIntel\ncpu MHz\t\t: 2000.000\n"+
			"physical id\t: 0\ncore id\t\t: %d\ncpu cores\t: %d\n\n", i, i, n)
	}
	put(info.String(), "cpuinfo")
	for name, target := range map[string]string{"cpu": "/sys/devices/system/cpu", "node": "/sys/devices/system/node", "cpuinfo": "/proc/cpuinfo"} {
		if _, err := os.Stat(target); err == nil { // some kernels have no node
			mount(in("mem/system", name), target, "", syscall.MS_BIND, "")
		}
	}
}
