// What a cluster needs beyond what the API server itself makes: a default
// storage class, and a place for Spark applications to run in.
package main

import (
	"context"

	v1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const sparkNamespace, sparkAccount = "spark", "spark"

func makeObjects(ctx context.Context, client kubernetes.Interface) error {
	named := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }
	options := metav1.CreateOptions{}
	class := named("standard")
	class.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}
	for _, create := range []func() error{
		func() error {
			_, err := client.StorageV1().StorageClasses().Create(ctx,
				&storagev1.StorageClass{ObjectMeta: class, Provisioner: provisionerName}, options)
			return err
		},
		func() error {
			_, err := client.CoreV1().Namespaces().Create(ctx, &v1.Namespace{ObjectMeta: named(sparkNamespace)}, options)
			return err
		},
		func() error {
			_, err := client.CoreV1().ServiceAccounts(sparkNamespace).Create(ctx,
				&v1.ServiceAccount{ObjectMeta: named(sparkAccount)}, options)
			return err
		},
		func() error {
			_, err := client.RbacV1().RoleBindings(sparkNamespace).Create(ctx, &rbacv1.RoleBinding{
				ObjectMeta: named("spark-edit"),
				RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
				Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: sparkAccount, Namespace: sparkNamespace}},
			}, options)
			return err
		},
	} {
		if err := create(); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}
