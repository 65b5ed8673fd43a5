// box-init: pid 1 inside the namespaces. It sets the box up, starts the
// components in order, reaps whatever ends and obeys the control socket.
package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

type child struct {
	pid     int
	started time.Time
	again   bool // start it again when it has ended
}

type supervisor struct {
	sync.Mutex
	commands map[string][]string
	children map[string]*child
}

// say writes a line to the daemon's log; "up" looks for the word "end" in it.
func say(format string, args ...any) {
	fmt.Printf("%7.3f "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
}

func mount(source, target, kind string, flags uintptr, data string) {
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		must(fmt.Errorf("mount %s on %s: %v", source, target, err))
	}
}

func boxInit([]string) {
	began = time.Now()
	for _, root := range hierarchies() {
		os.WriteFile(filepath.Join(root, cgroupName, "system", "cgroup.procs"), []byte("0"), 0o644)
	}
	must(syscall.Sethostname([]byte(nodeName)))
	setUpMounts()
	if line, _ := bufio.NewReader(os.Stdin).ReadString('\n'); line != "go\n" {
		os.Exit(1) // the host side has failed
	}
	if unified() {
		delegate(cgroupRoot)
	}
	mount(in("resolv.conf"), "/etc/resolv.conf", "", syscall.MS_BIND, "")
	mount(in("hosts"), "/etc/hosts", "", syscall.MS_BIND, "")
	setUpNetwork()
	s := &supervisor{commands: components(), children: map[string]*child{}}
	say("box set up")
	s.startAll("etcd", "containerd")
	go s.boot()
	go s.listen()
	s.reap()
}

// setUpMounts hides the places that the components write to with file systems
// in memory, so that nothing of it stays on the machine.
func setUpMounts() {
	mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	must(os.MkdirAll(in("mem"), 0o755))
	mount("clusterbox", in("mem"), "tmpfs", 0, "size="+env("TMPFS", "12g")+",mode=755")
	for _, d := range []string{"sys", "tmp", "etcd", "sysctl"} {
		must(os.Mkdir(in("mem", d), 0o700))
	}
	mount("proc", "/proc", "proc", 0, "")
	mount("sysfs", in("mem/sys"), "sysfs", 0, "") // shows this network namespace
	cgroupMount(in("mem/sys/fs/cgroup"))
	mount(in("mem/sys"), "/sys", "", syscall.MS_MOVE, "")
	for _, d := range []string{"/run", "/var/lib", "/var/log"} {
		mount("clusterbox", d, "tmpfs", 0, "mode=755")
	}
	for _, d := range []string{"/run/lock", "/run/netns", "/var/lib/kubelet", "/var/log/containers"} {
		must(os.MkdirAll(d, 0o755))
	}
	hideSysctls()
	showCPUs()
	must(seedImages(conf.Seed, in("mem/containerd/root")))
}

// seedImages gives containerd a root folder that has images: its databases
// copied, for it changes them, and links to the contents, which it only reads.
func seedImages(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(from, path)
		target := filepath.Join(to, relative)
		switch {
		case filepath.Base(filepath.Dir(path)) == "snapshots":
			if err := os.Symlink(path, target); err != nil {
				return err
			}
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o711)
		case filepath.Ext(path) == ".db":
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, b, 0o600)
		default:
			return os.Symlink(path, target)
		}
	})
}

// hideSysctls puts copies in the place of the settings that the kubelet would
// change for the whole machine.
func hideSysctls() {
	for _, name := range []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
		"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"} {
		value, err := os.ReadFile("/proc/sys/" + name)
		if err != nil {
			continue // not in this kernel
		}
		copied := in("mem/sysctl", filepath.Base(name))
		must(os.WriteFile(copied, value, 0o644))
		mount(copied, "/proc/sys/"+name, "", syscall.MS_BIND, "")
	}
}

func setUpNetwork() {
	ip := exec.Command("ip", "-batch", "-")
	ip.Stdin = strings.NewReader("link set lo up\naddr add " + nodeIP + "/24 dev eth0\nlink set eth0 up\n")
	if out, err := ip.CombinedOutput(); err != nil {
		must(fmt.Errorf("ip: %v: %s", err, out))
	}
	// These belong to the network namespace.
	for _, s := range []string{"ip_forward", "conf/all/route_localnet"} {
		os.WriteFile("/proc/sys/net/ipv4/"+s, []byte("1"), 0o644)
	}
}

func (s *supervisor) start(name string) error { // with the lock held
	if c := s.children[name]; c != nil {
		return fmt.Errorf("%s runs, pid %d", name, c.pid)
	}
	args, ok := s.commands[name]
	if !ok {
		return errors.New("no such component: " + name)
	}
	path, err := os.Executable()
	if name == "containerd" {
		path, err = exec.LookPath("containerd")
	}
	if err != nil {
		return err
	}
	log, err := os.OpenFile(in("logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	p, err := os.StartProcess(path, append([]string{name}, args...), &os.ProcAttr{Dir: "/",
		Files: []*os.File{null, log, log}, Env: append(os.Environ(), "TMPDIR="+in("mem/tmp"), "HOME="+in("mem/tmp")),
		Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		return err
	}
	s.children[name] = &child{pid: p.Pid, started: time.Now()}
	say("start %s pid %d", name, p.Pid)
	return nil
}

// startAll starts those of the components that this cluster has.
func (s *supervisor) startAll(names ...string) {
	s.Lock()
	defer s.Unlock()
	for _, n := range names {
		if _, ok := s.commands[n]; !ok {
			continue
		}
		if err := s.start(n); err != nil {
			say("%v", err)
		}
	}
}

func (s *supervisor) boot() {
	waitFor("http://127.0.0.1:2379/health")
	s.startAll("kube-apiserver")
	waitFor("https://127.0.0.1:6443/readyz")
	s.startAll("kubelet", "kube-controller-manager", "kube-scheduler", "coredns", "kube-proxy", "provisioner")
}

func waitFor(url string) {
	client := http.Client{Timeout: time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	for ; ; time.Sleep(10 * time.Millisecond) {
		r, err := client.Get(url)
		if err != nil {
			continue
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			say("%s answers", url)
			return
		}
	}
}

// reap is the duty of pid 1: wait for whatever ends, also for orphans.
func (s *supervisor) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.ECHILD {
			time.Sleep(50 * time.Millisecond)
		}
		if err == nil {
			s.ended(pid, status)
		}
	}
}

func (s *supervisor) ended(pid int, status syscall.WaitStatus) {
	s.Lock()
	defer s.Unlock()
	for name, c := range s.children {
		if c.pid != pid {
			continue
		}
		delete(s.children, name)
		if !c.again {
			say("end %s pid %d exit %d signal %v", name, pid, status.ExitStatus(), status.Signal())
		} else if err := s.start(name); err != nil {
			say("%v", err)
		}
	}
}
