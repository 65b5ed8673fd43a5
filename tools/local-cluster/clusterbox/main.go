// clusterbox: one multi-call binary that holds a whole single-node Kubernetes
// and the small supervisor that runs it. Each component is a process of its
// own, inside one set of namespaces (pid, mount, network, uts, ipc, cgroup).
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubeproxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	// CoreDNS: only the plugins that the Corefile names.
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

const help = `usage: clusterbox COMMAND [ARGS]
  up | down | status          the cluster of the folder $CLUSTERBOX_STATE
  start COMPONENT             start again what has ended
  restart COMPONENT           KILL, then start
  signal COMPONENT SIGNAL     e.g. signal kube-apiserver STOP
  enter [COMMAND...]          a command inside the cluster's namespaces
  etcd ARGS                   and the other components, by their names
`

// Every name that this binary answers to, as first argument or as argv[0].
var programs = map[string]func(args []string){
	"etcd":                    etcdmain.Main,
	"kube-apiserver":          func([]string) { os.Exit(cli.Run(apiserver.NewAPIServerCommand())) },
	"kube-controller-manager": func([]string) { os.Exit(cli.Run(kcm.NewControllerManagerCommand())) },
	"kube-scheduler":          func([]string) { os.Exit(cli.Run(scheduler.NewSchedulerCommand())) },
	// The kubelet's command sets up signals by itself: no second signal context here.
	"kubelet":     func([]string) { os.Exit(cli.Run(kubelet.NewKubeletCommand(context.Background()))) },
	"kube-proxy":  func([]string) { os.Exit(cli.Run(kubeproxy.NewProxyCommand())) },
	"coredns":     func([]string) { coremain.Run() },
	"provisioner": provisionerMain,

	"up":       box(up),
	"down":     box(down),
	"status":   box(status),
	"signal":   box(control),
	"start":    box(control),
	"restart":  box(control),
	"enter":    box(enter),
	"daemon":   box(daemon),
	"box-init": box(boxInit),
}

// box makes a command of the supervisor, which needs the settings of a cluster.
func box(f func(args []string)) func([]string) {
	return func(args []string) {
		loadSettings()
		f(args)
	}
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, ok := programs[name]; !ok && len(os.Args) > 1 {
		os.Args = os.Args[1:] // the components read os.Args themselves
		name = os.Args[0]
	}
	program, ok := programs[name]
	if !ok {
		fmt.Fprint(os.Stderr, help)
		os.Exit(2)
	}
	program(os.Args)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "clusterbox:", err)
		os.Exit(1)
	}
}
