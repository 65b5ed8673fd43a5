// The configuration files of the components, written into the state folder.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const pauseImage = "localhost/clusterbox/pause:1"

func configure() {
	certificates()
	write("resolv.conf", "nameserver "+nodeIP+"\n")
	write("hosts", "127.0.0.1 localhost\n"+nodeIP+" "+nodeName+"\n"+hostIP+" host.clusterbox\n")
	write("cni/10-bridge.conflist", cniConfig())
	write("containerd.toml", containerdConfig())
	write("Corefile", corefile())
	write("kubelet.yaml", kubeletConfig())
	for _, d := range []string{"logs/pods", "mem"} {
		must(os.MkdirAll(in(d), 0o755))
	}
	must(os.MkdirAll(in("volumes"), 0o777))
}

func write(name, text string) {
	must(os.MkdirAll(filepath.Dir(in(name)), 0o755))
	must(os.WriteFile(in(name), []byte(text), 0o644))
}

func certificates() {
	a := newAuthority(in("pki"))
	serviceAccountKeys(in("pki"))
	a.files("apiserver", "kube-apiserver", nil, []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", "localhost", nodeName, "127.0.0.1", hostIP, nodeIP, svcIP})
	a.files("apiserver-kubelet-client", "kube-apiserver-kubelet-client", []string{"system:masters"}, nil)
	a.files("front-proxy-client", "front-proxy-client", nil, nil)
	a.files("kubelet", nodeName, nil, []string{nodeName, nodeIP, "127.0.0.1"})

	admin := in("admin.conf")
	a.adminKubeconfig(admin, fmt.Sprintf("https://127.0.0.1:%d", conf.Port))
	if uid, err := strconv.Atoi(os.Getenv("CLUSTERBOX_OWNER")); err == nil { // who called sudo may read it
		must(os.Chown(admin, uid, -1))
	}
	server := "https://" + nodeIP + ":6443"
	a.kubeconfig(in("kcm.conf"), server, "system:kube-controller-manager")
	a.kubeconfig(in("scheduler.conf"), server, "system:kube-scheduler")
	a.kubeconfig(in("kubelet.conf"), server, "system:node:"+nodeName, "system:nodes")
	a.kubeconfig(in("proxy.conf"), server, "system:kube-proxy")
	a.kubeconfig(in("inside.conf"), server, "clusterbox", "system:masters") // DNS, provisioner
}

// No masquerading and no default route: pods reach each other, services and
// this machine, and nothing else.
func cniConfig() string {
	return `{"cniVersion": "0.4.0", "name": "clusterbox", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "` + podCIDR + `"}]], "dataDir": "/run/cni-ipam"}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
`
}

func containerdConfig() string {
	return `version = 2
root = "` + in("mem/containerd/root") + `"
state = "` + in("mem/containerd/state") + `"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "` + in("containerd.sock") + `"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "` + pauseImage + `"
  restrict_oom_score_adj = true
  enable_selinux = false
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
` + baseSpec() + `      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "` + env("CNI_BIN", "/usr/lib/cni") + `"
    conf_dir = "` + in("cni") + `"
`
}

// baseSpec makes a base OCI specification whose mounts every container gets:
// thin images are then a few symbolic links into folders of this machine.
func baseSpec() string {
	if len(conf.Binds) == 0 {
		return ""
	}
	out, err := exec.Command("ctr", "oci", "spec").Output()
	must(err)
	var spec map[string]any
	must(json.Unmarshal(out, &spec))
	mounts := spec["mounts"].([]any)
	for _, b := range conf.Binds {
		host, inside, _ := strings.Cut(b, ":")
		mounts = append(mounts, map[string]any{"source": host, "destination": inside, "type": "bind",
			"options": []string{"rbind", "ro", "nosuid", "nodev"}})
	}
	spec["mounts"] = mounts
	text, err := json.Marshal(spec)
	must(err)
	write("spec.json", string(text))
	return "      base_runtime_spec = \"" + in("spec.json") + "\"\n"
}

// In CoreDNS "template" runs before "hosts" and "kubernetes", so NXDOMAIN for
// all the rest needs a server block of its own.
func corefile() string {
	return `cluster.local in-addr.arpa ip6.arpa {
    bind ` + nodeIP + `
    errors
    ready ` + nodeIP + `:8181
    kubernetes {
        kubeconfig ` + in("inside.conf") + ` local-` + conf.Name + `
        pods insecure
        ttl 5
    }
}
clusterbox {
    bind ` + nodeIP + `
    hosts ` + in("hosts") + `
}
. {
    bind ` + nodeIP + `
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`
}

func kubeletConfig() string {
	// With more CPUs shown than there are, the kubelet cannot make groups for
	// quality-of-service classes: their CPU sets would name CPUs that are not.
	realCPUs := conf.CPUs == 0
	enforce := []string{}
	if realCPUs {
		enforce = []string{"pods"}
	}
	text, err := json.MarshalIndent(map[string]any{
		"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1",
		"address": "0.0.0.0", "enableServer": true, "maxPods": 250,
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": in("pki/ca.crt")}},
		"authorization":            map[string]any{"mode": "Webhook"},
		"tlsCertFile":              in("pki/kubelet.crt"),
		"tlsPrivateKeyFile":        in("pki/kubelet.key"),
		"containerRuntimeEndpoint": "unix://" + in("containerd.sock"),
		"cgroupDriver":             "cgroupfs", "cgroupRoot": "/",
		"cgroupsPerQOS": realCPUs, "enforceNodeAllocatable": enforce,
		"failSwapOn": false, "failCgroupV1": false,
		"clusterDNS": []string{nodeIP}, "clusterDomain": "cluster.local", "resolvConf": in("resolv.conf"),
		"podLogsDir": in("logs/pods"), "volumePluginDir": in("mem/volumeplugins"),
		"serializeImagePulls": false, "registryPullQPS": 0, "eventRecordQPS": 0, "kubeAPIQPS": 200, "kubeAPIBurst": 400,
		"imageGCHighThresholdPercent": 100, "imageMinimumGCAge": "24h",
		"evictionHard": map[string]string{"memory.available": "100Mi", "nodefs.available": "1%",
			"imagefs.available": "1%", "nodefs.inodesFree": "1%"},
		"nodeStatusUpdateFrequency": env("NODE_STATUS", "10s"),
		"nodeLeaseDurationSeconds":  number(env("NODE_LEASE", "40")),
		"containerLogMaxSize":       env("LOG_SIZE", "10Mi"), "containerLogMaxFiles": 5,
		"containerLogMonitorInterval": env("LOG_INTERVAL", "10s"),
	}, "", " ")
	must(err)
	return string(text)
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	must(err)
	return n
}
