// The components of the cluster and their command lines.
package main

import (
	"os"
	"strings"
)

// Settings that make one node on one machine start and answer fast; the rest
// is as in any cluster: TLS everywhere, Node and RBAC authorization.
func components() map[string][]string {
	pki := func(s string) string { return in("pki", s) }
	verbosity := "--v=" + env("V", "0")
	all := map[string][]string{
		"containerd": {"--config", in("containerd.toml")},
		"etcd": {"--data-dir", in("mem/etcd"), "--unsafe-no-fsync", "--name", "clusterbox",
			"--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
			"--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
			"--initial-cluster", "clusterbox=http://127.0.0.1:2380",
			"--heartbeat-interval", "20", "--election-timeout", "200", "--log-level", "warn"},
		"kube-apiserver": {verbosity, "--etcd-servers=http://127.0.0.1:2379",
			"--bind-address=0.0.0.0", "--secure-port=6443", "--advertise-address=" + nodeIP,
			"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
			"--client-ca-file=" + pki("ca.crt"), "--anonymous-auth=true", "--allow-privileged=true",
			"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + pki("sa.pub"), "--service-account-signing-key-file=" + pki("sa.key"),
			"--service-cluster-ip-range=" + svcCIDR, "--endpoint-reconciler-type=lease",
			"--kubelet-client-certificate=" + pki("apiserver-kubelet-client.crt"),
			"--kubelet-client-key=" + pki("apiserver-kubelet-client.key"),
			"--kubelet-certificate-authority=" + pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
			"--requestheader-client-ca-file=" + pki("ca.crt"), "--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + pki("front-proxy-client.crt"), "--proxy-client-key-file=" + pki("front-proxy-client.key")},
		// Without credentials of their own the controllers are Forbidden under RBAC.
		// The monitor period: with the default of 5 s the not-ready taint can stay that much longer.
		"kube-controller-manager": {verbosity, "--kubeconfig=" + in("kcm.conf"), "--leader-elect=false", "--secure-port=0",
			"--use-service-account-credentials=true",
			"--root-ca-file=" + pki("ca.crt"), "--service-account-private-key-file=" + pki("sa.key"),
			"--cluster-signing-cert-file=" + pki("ca.crt"), "--cluster-signing-key-file=" + pki("ca.key"),
			"--node-monitor-period=300ms", "--node-monitor-grace-period=" + env("NODE_GRACE", "50s"),
			"--kube-api-qps=200", "--kube-api-burst=400"},
		"kube-scheduler": {verbosity, "--kubeconfig=" + in("scheduler.conf"), "--leader-elect=false", "--secure-port=0",
			"--kube-api-qps=200", "--kube-api-burst=400"},
		"kubelet": {verbosity, "--config=" + in("kubelet.yaml"), "--kubeconfig=" + in("kubelet.conf"),
			"--root-dir=" + in("mem/kubelet"), "--cert-dir=" + in("mem/kubelet-pki"),
			"--hostname-override=" + nodeName, "--node-ip=" + nodeIP},
		// Zero: leave the machine's connection tracking alone. Masquerading: answers between pods of
		// one bridge come back through the node also where the kernel has no br_netfilter.
		"kube-proxy": {verbosity, "--kubeconfig=" + in("proxy.conf"), "--proxy-mode=" + env("PROXY", "iptables"),
			"--masquerade-all", "--hostname-override=" + nodeName,
			"--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
			"--oom-score-adj=0", "--iptables-min-sync-period=0s", "--nodeport-addresses=" + nodeIP + "/32",
			"--healthz-bind-address=0.0.0.0:10256"},
		"coredns":     {"-conf", in("Corefile")},
		"provisioner": {in("inside.conf"), in("volumes")},
	}
	for _, name := range strings.Fields(os.Getenv("LOCAL_CLUSTER_WITHOUT")) {
		delete(all, name)
	}
	for name := range all {
		more := env("ARGS_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), "")
		all[name] = append(all[name], strings.Fields(more)...)
	}
	return all
}
