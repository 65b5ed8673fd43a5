// The control socket of box-init, and the commands that use it: start,
// restart, signal, status, enter.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var signals = map[string]syscall.Signal{"KILL": syscall.SIGKILL, "TERM": syscall.SIGTERM, "STOP": syscall.SIGSTOP,
	"CONT": syscall.SIGCONT, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP}

// ---- inside: one line in, the answer out

func (s *supervisor) listen() {
	l, err := net.Listen("unix", in("control.sock"))
	must(err)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		line, _ := bufio.NewReader(c).ReadString('\n')
		answer, err := s.obey(strings.Fields(line))
		if err != nil {
			answer = "error: " + err.Error()
		}
		fmt.Fprintln(c, answer)
		c.Close()
	}
}

func (s *supervisor) obey(f []string) (string, error) {
	s.Lock()
	defer s.Unlock()
	switch {
	case len(f) == 1 && f[0] == "ps":
		return s.list(), nil
	case len(f) == 2 && f[0] == "start":
		return "started " + f[1], s.start(f[1])
	case len(f) == 2 && f[0] == "restart":
		return "restarted " + f[1], s.restart(f[1])
	case len(f) == 3 && f[0] == "signal":
		return "sent " + f[2] + " to " + f[1], s.signal(f[1], f[2])
	}
	return "", fmt.Errorf("not understood: %s", strings.Join(f, " "))
}

func (s *supervisor) list() string {
	var lines []string
	for name, c := range s.children {
		lines = append(lines, fmt.Sprintf("%s %d %d", name, c.pid, int(time.Since(c.started).Seconds())))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func (s *supervisor) restart(name string) error {
	c := s.children[name]
	if c == nil {
		return s.start(name)
	}
	c.again = true
	return syscall.Kill(c.pid, syscall.SIGKILL)
}

func (s *supervisor) signal(name, sig string) error {
	c := s.children[name]
	if c == nil {
		return fmt.Errorf("%s does not run", name)
	}
	n, ok := signals[strings.TrimPrefix(sig, "SIG")]
	if !ok {
		return fmt.Errorf("no such signal: %s", sig)
	}
	return syscall.Kill(c.pid, n)
}

// ---- outside

func ask(words ...string) (string, error) {
	c, err := net.Dial("unix", in("control.sock"))
	if err != nil {
		return "", fmt.Errorf("cluster %s is not up: %w", conf.Name, err)
	}
	defer c.Close()
	fmt.Fprintln(c, strings.Join(words, " "))
	b, err := io.ReadAll(c)
	return strings.TrimSpace(string(b)), err
}

func control(args []string) {
	answer, err := ask(args...)
	must(err)
	fmt.Println(answer)
	if strings.HasPrefix(answer, "error:") {
		os.Exit(1)
	}
}

func initPid() string {
	b, err := os.ReadFile(in("init.pid"))
	must(err)
	return string(b)
}

func enter(args []string) {
	path, err := exec.LookPath("nsenter")
	must(err)
	command := args[1:]
	if len(command) == 0 {
		command = []string{"bash"}
	}
	must(syscall.Exec(path, append([]string{"nsenter", "-t", initPid(), "-m", "-p", "-n", "-u", "-i", "-C", "--"}, command...), os.Environ()))
}

func status([]string) {
	pid := daemonPid()
	if pid == 0 {
		fmt.Println("down")
		os.Exit(3)
	}
	fmt.Printf("up: https://127.0.0.1:%d, daemon pid %d, node %s, pods %s, services %s\n", conf.Port, pid, nodeIP, podCIDR, svcCIDR)
	list, err := ask("ps")
	must(err)
	outside := hostPids()
	fmt.Printf("%-26s %8s %8s %9s %9s\n", "component", "pid", "up s", "rss MiB", "cpu s")
	for _, line := range strings.Split(list, "\n") {
		if f := strings.Fields(line); len(f) == 3 {
			pid := outside[f[1]]
			rss, cpu := usage(pid)
			fmt.Printf("%-26s %8s %8s %9d %9.2f\n", f[0], pid, f[2], rss, cpu)
		}
	}
}

// hostPids gives the machine's pids of the processes in the box, by their pids there.
func hostPids() map[string]string {
	pids := map[string]string{}
	box, _ := os.Readlink("/proc/" + initPid() + "/ns/pid")
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		if ns, _ := os.Readlink(d + "/ns/pid"); ns != box {
			continue
		}
		if f := strings.Fields(statusLine(d, "NSpid:")); len(f) == 2 {
			pids[f[1]] = f[0]
		}
	}
	return pids
}

// statusLine gives the value of one line of /proc/PID/status.
func statusLine(dir, key string) string {
	b, _ := os.ReadFile(dir + "/status")
	for _, line := range strings.Split(string(b), "\n") {
		if value, ok := strings.CutPrefix(line, key); ok {
			return value
		}
	}
	return ""
}

// usage gives resident MiB and CPU seconds of a process.
func usage(pid string) (rss int, cpu float64) {
	if f := strings.Fields(statusLine("/proc/"+pid, "VmRSS:")); len(f) == 2 {
		rss, _ = strconv.Atoi(f[0])
	}
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, after, _ := strings.Cut(string(stat), ") ") // the name before may have blanks
	if f := strings.Fields(after); len(f) > 12 {
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		cpu = float64(user+system) / 100
	}
	return rss / 1024, cpu
}
