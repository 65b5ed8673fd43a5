// The daemon: the host side of a cluster. It makes the namespaces, the veth
// pair and the forwarded port, waits, and takes all of it away at the end.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemonPid is 0 when the daemon of this cluster does not run. The state
// folder is an argument of the daemon so that another process that got an old
// number again is not taken for it.
func daemonPid() int {
	text, _ := os.ReadFile(in("daemon.pid"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if pid <= 0 {
		return 0
	}
	args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if !strings.HasSuffix(string(args), "\x00daemon\x00"+state+"\x00") {
		return 0
	}
	return pid
}

func daemon([]string) {
	runtime.LockOSThread() // Pdeathsig belongs to the thread
	must(os.WriteFile(in("daemon.pid"), []byte(strconv.Itoa(os.Getpid())), 0o644))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	cgroupRemove()
	cgroupCreate()
	leave := cgroupEnter() // the root of a new cgroup namespace is the group of who makes it
	box, start, err := newBox()
	leave()
	if err == nil {
		err = connect(box.Process.Pid)
	}
	if err == nil {
		_, err = io.WriteString(start, "go\n")
	}
	if err == nil {
		err = os.WriteFile(in("configured"), nil, 0o644)
	}
	if err != nil {
		fmt.Println("error:", err)
	} else {
		err = waitForEnd(box, signals)
	}
	if box != nil {
		box.Process.Kill() // pid 1 of the pid namespace: the kernel kills all the others
		box.Wait()
	}
	cleanUp()
	if err != nil {
		os.Exit(1)
	}
}

// newBox starts box-init as pid 1 of new namespaces; it waits for a line on
// the pipe before it starts anything.
func newBox() (box *exec.Cmd, start io.Writer, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	box = exec.Command(self, "box-init")
	box.Stdout, box.Stderr = os.Stdout, os.Stderr
	if start, err = box.StdinPipe(); err != nil {
		return nil, nil, err
	}
	box.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWCGROUP,
		Pdeathsig: syscall.SIGKILL, // a killed daemon leaves no box behind
	}
	if err = box.Start(); err != nil {
		return nil, nil, fmt.Errorf("new namespaces: %w", err)
	}
	return box, start, os.WriteFile(in("init.pid"), []byte(strconv.Itoa(box.Process.Pid)), 0o644)
}

// connect makes what joins the machine and the box.
func connect(initPid int) error {
	configure()
	batch := fmt.Sprintf(`link add %[1]s type veth peer name eth0 netns %[2]d
link set %[1]s alias %[7]s
addr add %[3]s/24 dev %[1]s
link set %[1]s up
route add %[4]s via %[5]s
route add %[6]s via %[5]s
`, hostLink, initPid, hostIP, podCIDR, nodeIP, svcCIDR, linkAlias())
	ip := exec.Command("ip", "-batch", "-")
	ip.Stdin = strings.NewReader(batch)
	if out, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %v: %s", err, out)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", conf.Port))
	if err != nil {
		return err
	}
	go forward(listener, nodeIP+":6443")
	return nil
}

func waitForEnd(box *exec.Cmd, signals <-chan os.Signal) error {
	ended := make(chan struct{})
	go func() { box.Wait(); close(ended) }()
	select {
	case <-signals:
		box.Process.Kill()
		<-ended
		return nil
	case <-ended:
		return fmt.Errorf("box-init has ended: %v", box.ProcessState)
	}
}

// The alias of the link tells whose it is: a slot can have passed to another
// cluster since this one's daemon was killed.
func linkAlias() string { return cgroupName }

func cleanUp() {
	alias, err := os.ReadFile("/sys/class/net/" + hostLink + "/ifalias")
	if err == nil && strings.TrimSpace(string(alias)) == linkAlias() {
		exec.Command("ip", "link", "del", hostLink).Run()
	}
	cgroupRemove()
	for _, f := range []string{"init.pid", "configured", "containerd.sock", "containerd.sock.ttrpc", "control.sock", "daemon.pid"} {
		os.Remove(in(f))
	}
}

func down([]string) {
	if pid := daemonPid(); pid != 0 {
		syscall.Kill(pid, syscall.SIGTERM)
		for deadline := time.Now().Add(20 * time.Second); daemonPid() != 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	cleanUp() // what a killed daemon has left
	must(os.RemoveAll(state))
}

// forward passes connections on, until the process ends.
func forward(l net.Listener, to string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go forwardOne(c.(*net.TCPConn), to)
	}
}

func forwardOne(a *net.TCPConn, to string) {
	defer a.Close()
	c, err := net.DialTimeout("tcp", to, 3*time.Second)
	if err != nil {
		a.SetLinger(0) // the client sees a reset, not an orderly end
		return
	}
	b := c.(*net.TCPConn)
	defer b.Close()
	done := make(chan struct{}, 2)
	pass := func(dst, src *net.TCPConn) {
		if _, err := io.Copy(dst, src); err != nil {
			dst.SetLinger(0)
			dst.Close()
		}
		dst.CloseWrite()
		done <- struct{}{}
	}
	go pass(a, b)
	go pass(b, a)
	<-done
	<-done
}
