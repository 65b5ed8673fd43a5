// up: starts the daemon and waits until the cluster can be used.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const patience = 120 * time.Second

// start is one beginning of a cluster.
type start struct {
	ctx    context.Context
	ended  chan struct{} // closed when the daemon has ended
	client kubernetes.Interface
}

func up([]string) {
	if pid := daemonPid(); pid != 0 {
		must(fmt.Errorf("already up, pid %d", pid))
	}
	os.Remove(in("configured")) // a killed daemon leaves it, with the certificates of its time
	s := &start{ended: make(chan struct{})}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(s.daemon())
	must(s.wait("certificates and configuration", func() bool {
		_, err := os.Stat(in("configured"))
		return err == nil
	}))
	config, err := clientcmd.BuildConfigFromFlags("", in("admin.conf"))
	must(err)
	config.QPS = -1
	s.client, err = kubernetes.NewForConfig(config)
	must(err)
	must(s.wait("API server ready", func() bool {
		_, err := s.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Timeout(2 * time.Second).DoRaw(s.ctx)
		return err == nil
	}))
	must(makeObjects(s.ctx, s.client))
	must(s.wait("node ready", s.nodeReady))
	must(s.wait("service accounts and root CA", s.accountsReady))
	must(s.wait("DNS answers", s.dnsAnswers))
}

func (s *start) daemon() error {
	if err := os.MkdirAll(in("logs"), 0o755); err != nil {
		return err
	}
	log, err := os.Create(in("logs/daemon.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.Command(self, "daemon", state)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return err
	}
	go func() { c.Wait(); close(s.ended) }()
	return nil
}

func (s *start) wait(what string, done func() bool) error {
	for ; !done(); time.Sleep(20 * time.Millisecond) {
		if err := s.trouble(); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
	}
	step("%s", what)
	return nil
}

// trouble tells at once what a wait would find out only after its whole time.
func (s *start) trouble() error {
	log, _ := os.ReadFile(in("logs/daemon.log"))
	for _, line := range strings.Split(string(log), "\n") {
		if f := strings.Fields(line); len(f) > 2 && f[1] == "end" {
			return fmt.Errorf("%s has ended; the end of its log:\n%s", f[2], tail(in("logs", f[2]+".log")))
		}
	}
	select {
	case <-s.ended:
		return fmt.Errorf("the daemon has ended:\n%s", log)
	case <-s.ctx.Done():
		return errors.New("not ready after " + patience.String() + "; see " + in("logs"))
	default:
		return nil
	}
}

func tail(path string) []byte {
	b, _ := os.ReadFile(path)
	return b[max(0, len(b)-1500):]
}

func (s *start) nodeReady() bool {
	n, err := s.client.CoreV1().Nodes().Get(s.ctx, nodeName, metav1.GetOptions{})
	if err != nil || len(n.Spec.Taints) > 0 {
		return false
	}
	for _, c := range n.Status.Conditions {
		if c.Type == v1.NodeReady {
			return c.Status == v1.ConditionTrue
		}
	}
	return false
}

// accountsReady: pods cannot be made before the controllers have made these.
func (s *start) accountsReady() bool {
	for _, namespace := range []string{"default", sparkNamespace} {
		if _, err := s.client.CoreV1().ServiceAccounts(namespace).Get(s.ctx, "default", metav1.GetOptions{}); err != nil {
			return false
		}
		if _, err := s.client.CoreV1().ConfigMaps(namespace).Get(s.ctx, "kube-root-ca.crt", metav1.GetOptions{}); err != nil {
			return false
		}
	}
	return true
}

func (s *start) dnsAnswers() bool {
	r := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("udp", nodeIP+":53")
	}}
	ctx, cancel := context.WithTimeout(s.ctx, 200*time.Millisecond)
	defer cancel()
	a, err := r.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
	return err == nil && len(a) == 1 && a[0] == svcIP
}
