// Control groups: everything of a cluster is below one group in each
// hierarchy, and the box sees that group as the root (a cgroup namespace).
package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

const cgroupRoot = "/sys/fs/cgroup"

// unified: cgroup v2 alone, without v1 hierarchies beside it.
func unified() bool {
	_, err := os.Stat(cgroupRoot + "/cgroup.controllers")
	return err == nil
}

// hierarchies gives the root of each mounted hierarchy.
func hierarchies() []string {
	if unified() {
		return []string{cgroupRoot}
	}
	var roots []string
	entries, _ := os.ReadDir(cgroupRoot)
	for _, e := range entries {
		if e.IsDir() {
			roots = append(roots, filepath.Join(cgroupRoot, e.Name()))
		}
	}
	return roots
}

// cgroupCreate makes the group of the cluster and a leaf for its components
// (in v2 a group with children can have no processes).
func cgroupCreate() {
	for _, root := range hierarchies() {
		delegate(root)
		dir := filepath.Join(root, cgroupName)
		for _, d := range []string{dir, filepath.Join(dir, "system")} {
			os.Mkdir(d, 0o755)
			for _, f := range []string{"cpuset.cpus", "cpuset.mems"} { // empty in v1 until set
				if b, err := os.ReadFile(filepath.Join(filepath.Dir(d), f)); err == nil && !unified() {
					os.WriteFile(filepath.Join(d, f), b, 0o644)
				}
			}
		}
	}
}

// delegate lets the children of a v2 group use its controllers. Each on its
// own: one that is lacking must not keep the others off. In v1: nothing to do.
func delegate(dir string) {
	b, _ := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	for _, c := range strings.Fields(string(b)) {
		os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0o644)
	}
}

// cgroupEnter moves this process into the cluster's group and gives a function
// that moves it back.
func cgroupEnter() (leave func()) {
	was := map[string]string{}
	b, _ := os.ReadFile("/proc/self/cgroup")
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.SplitN(line, ":", 3); len(f) == 3 {
			was[strings.TrimPrefix(f[1], "name=")] = f[2]
		}
	}
	move := func(root, group string) error {
		return os.WriteFile(filepath.Join(root, group, "cgroup.procs"), []byte("0"), 0o644)
	}
	for _, root := range hierarchies() {
		move(root, cgroupName)
	}
	return func() {
		for _, root := range hierarchies() {
			key := filepath.Base(root)
			if unified() || key == "unified" {
				key = ""
			}
			if move(root, was[key]) != nil {
				move(root, "/")
			}
		}
	}
}

// cgroupMount shows the cluster's group as the root of each hierarchy, below
// dir, which becomes /sys/fs/cgroup of the box.
func cgroupMount(dir string) {
	if unified() {
		mount(filepath.Join(cgroupRoot, cgroupName), dir, "", syscall.MS_BIND, "")
		return
	}
	mount("clusterbox", dir, "tmpfs", 0, "mode=755")
	entries, _ := os.ReadDir(cgroupRoot)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if target, err := os.Readlink(filepath.Join(cgroupRoot, e.Name())); err == nil { // cpu -> cpu,cpuacct
			must(os.Symlink(target, path))
			continue
		}
		must(os.Mkdir(path, 0o755))
		mount(filepath.Join(cgroupRoot, e.Name(), cgroupName), path, "", syscall.MS_BIND, "")
	}
}

// cgroupRemove removes the groups once their processes are gone, which takes
// the kernel a moment.
func cgroupRemove() {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		left := 0
		for _, root := range hierarchies() {
			left += removeGroups(filepath.Join(root, cgroupName))
		}
		if left == 0 {
			return
		}
	}
}

func removeGroups(top string) (left int) {
	var dirs []string
	filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	sort.Sort(sort.Reverse(sort.StringSlice(dirs))) // children first
	for _, d := range dirs {
		if os.Remove(d) != nil {
			left++
		}
	}
	return left
}
