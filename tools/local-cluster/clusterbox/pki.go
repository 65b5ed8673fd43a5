// Certificates and kubeconfigs: one CA for everything, ECDSA P-256, so that
// the whole set takes a few milliseconds.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

type authority struct {
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
}

func ecKey() (*ecdsa.PrivateKey, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.MarshalECPrivateKey(key)
	must(err)
	return key, pemBlock("EC PRIVATE KEY", der)
}

func rsaKey() (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return key, pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func publicDER(key crypto.Signer) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(err)
	return der
}

// template is what all certificates have in common; valid from an hour ago,
// so that a clock that is put back a little does no harm.
func template(subject pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	must(err)
	return &x509.Certificate{SerialNumber: serial, Subject: subject,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0)}
}

func newAuthority(dir string) *authority {
	must(os.MkdirAll(dir, 0o700))
	key, keyPEM := ecKey()
	id := sha1.Sum(publicDER(key))
	t := template(pkix.Name{CommonName: "clusterbox-ca"})
	t.SubjectKeyId = id[:]
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	a := &authority{dir, key, cert, pemBlock("CERTIFICATE", der)}
	a.save("ca", a.pem, keyPEM)
	return a
}

func (a *authority) save(name string, cert, key []byte) {
	must(os.WriteFile(filepath.Join(a.dir, name+".crt"), cert, 0o644))
	must(os.WriteFile(filepath.Join(a.dir, name+".key"), key, 0o600))
}

// issue signs a client certificate; with alternative names one for a server too.
func (a *authority) issue(key crypto.Signer, user string, groups, names []string) []byte {
	t := template(pkix.Name{CommonName: user, Organization: groups})
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if names != nil {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	must(err)
	return pemBlock("CERTIFICATE", der)
}

// files writes NAME.crt and NAME.key.
func (a *authority) files(name, user string, groups, names []string) {
	key, keyPEM := ecKey()
	a.save(name, a.issue(key, user, groups, names), keyPEM)
}

func (a *authority) kubeconfig(path, server, user string, groups ...string) {
	key, keyPEM := ecKey()
	a.writeKubeconfig(path, server, user, a.issue(key, user, groups, nil), keyPEM)
}

// adminKubeconfig has an RSA key: the client in Spark 3.5 reads an EC key only
// with a library that Spark does not bring.
func (a *authority) adminKubeconfig(path, server string) {
	key, keyPEM := rsaKey()
	user := "kubernetes-admin"
	a.writeKubeconfig(path, server, user, a.issue(key, user, []string{"system:masters"}, nil), keyPEM)
}

func (a *authority) writeKubeconfig(path, server, user string, cert, key []byte) {
	b := base64.StdEncoding.EncodeToString
	name := "local-" + conf.Name
	must(os.WriteFile(path, []byte(fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[4]s
  user:
    client-certificate-data: %[5]s
    client-key-data: %[6]s
contexts:
- name: %[1]s
  context: {cluster: %[1]s, user: %[4]s}
current-context: %[1]s
`, name, server, b(a.pem), user, b(cert), b(key))), 0o600))
}

// serviceAccountKeys makes the pair that signs the tokens of service accounts.
func serviceAccountKeys(dir string) {
	key, keyPEM := ecKey()
	must(os.WriteFile(filepath.Join(dir, "sa.key"), keyPEM, 0o600))
	must(os.WriteFile(filepath.Join(dir, "sa.pub"), pemBlock("PUBLIC KEY", publicDER(key)), 0o644))
}
