// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/pod_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

using testing::HasSubstr;

Result<std::vector<ManifestPod>> parse(std::string text) {
    return parse_manifests({{"pod.yaml", std::move(text)}});
}

ManifestPod one(std::string text) {
    auto pods = parse(std::move(text));
    if (!pods || pods->size() != 1) {
        ADD_FAILURE() << (pods ? "not one pod" : pods.error().message);
        return {};
    }
    return std::move(pods->front());
}

std::string error_of(std::string text) {
    const auto pods = parse(std::move(text));
    return pods ? "no error" : pods.error().message;
}

/// A pod of one container, with more fields of it and of the pod's specification.
std::string pod(const std::string& container, const std::string& spec = "") {
    return "apiVersion: v1\n"
           "kind: Pod\n"
           "metadata:\n"
           "  name: web\n"
           "spec:\n"
           "  containers:\n"
           "  - name: main\n"
           "    image: nginx\n" +
           container + spec;
}

constexpr auto k_whole = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  nginx.conf: "listen 80;"
  LEVEL: debug
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
type: Opaque
data: {token: c2VjcmV0}
stringData: {user: root}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
  annotations: {kubernetes.io/ingress-bandwidth: 10M}
spec:
  restartPolicy: OnFailure
  terminationGracePeriodSeconds: 5
  hostname: front
  securityContext: {runAsUser: 1000, runAsGroup: 1001}
  initContainers:
  - name: prepare
    image: busybox
    command: [sh, -c, "true"]
    volumeMounts: [{name: work, mountPath: /work}]
  containers:
  - name: main
    image: nginx:1
    imagePullPolicy: Never
    args: ["-g", "daemon off;"]
    workingDir: /srv
    env:
    - {name: A, value: "1"}
    - name: TOKEN
      valueFrom: {secretKeyRef: {name: keys, key: token}}
    - name: POD
      valueFrom: {fieldRef: {fieldPath: metadata.name}}
    envFrom:
    - {prefix: C_, configMapRef: {name: conf}}
    ports:
    - {name: http, containerPort: 80, hostPort: 8080}
    - {containerPort: 53, protocol: UDP}
    resources:
      limits: {memory: 128Mi, cpu: 500m}
      requests: {memory: 64Mi}
    volumeMounts:
    - {name: work, mountPath: /work, readOnly: true}
    - {name: conf, mountPath: /etc/nginx/nginx.conf, subPath: nginx.conf}
    - {name: data, mountPath: /data}
    - {name: host, mountPath: /host}
    livenessProbe:
      httpGet: {path: /live, port: http, httpHeaders: [{name: X, value: "y"}]}
      periodSeconds: 3
    readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}
    startupProbe: {exec: {command: [test, -e, /ok]}, failureThreshold: 30}
    securityContext:
      runAsUser: 0
      readOnlyRootFilesystem: true
      capabilities: {add: [NET_ADMIN], drop: [ALL]}
  volumes:
  - {name: work, emptyDir: {sizeLimit: 1Gi}}
  - {name: mem, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
  - {name: conf, configMap: {name: conf, items: [{key: nginx.conf, path: nginx.conf, mode: 0600}]}}
  - {name: keys, secret: {secretName: keys, defaultMode: 0400}}
  - {name: data, persistentVolumeClaim: {claimName: db}}
  - {name: host, hostPath: {path: /etc/hosts, type: File}}
)";

TEST(PodManifest, ReadsAPodWithAllItsParts) {
    const auto made = one(k_whole);
    EXPECT_EQ(made.spec.name(), "web");
    EXPECT_EQ(made.spec.hostname(), "front");
    EXPECT_EQ(made.spec.grace_seconds(), 5U);
    EXPECT_EQ(made.spec.restart(), pb::RestartPolicy::ON_FAILURE);
    EXPECT_EQ(made.spec.annotations().at("kubernetes.io/ingress-bandwidth"), "10M");
    ASSERT_EQ(made.spec.ports_size(), 1);
    EXPECT_EQ(made.spec.ports(0).host_port(), 8080U);
    ASSERT_EQ(made.spec.volumes_size(), 4);
    EXPECT_EQ(made.spec.volumes(0).kind(), pb::PodVolume::DISK);
    EXPECT_EQ(made.spec.volumes(0).size_bytes(), 1U << 30U);
    EXPECT_EQ(made.spec.volumes(1).kind(), pb::PodVolume::MEMORY);
    ASSERT_EQ(made.spec.volumes(2).files_size(), 1);
    EXPECT_EQ(made.spec.volumes(2).files(0).mode(), 0600U);
    EXPECT_EQ(made.spec.volumes(2).files(0).data(), "listen 80;");
    ASSERT_EQ(made.spec.volumes(3).files_size(), 2);
    EXPECT_EQ(made.spec.volumes(3).files(0).data(), "secret");
    EXPECT_EQ(made.claims, std::vector<std::string>{"db"});
    ASSERT_EQ(made.containers.size(), 2U);
    EXPECT_TRUE(made.containers[0].spec.init());
    EXPECT_EQ(made.containers[0].spec.user(), "1000:1001");
    EXPECT_EQ(made.containers[0].spec.restart().kind(), pb::RestartPolicy::NO);
}

TEST(PodManifest, AClaimHasTheKeyOfItsAnnotation) {
    const auto pod = [](const std::string& annotation) {
        return "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {" + annotation +
               "}}\nspec: {volumes: [{name: data, persistentVolumeClaim: {claimName: db}}], "
               "containers: [{name: c, image: i}]}";
    };
    EXPECT_EQ(one(pod("io.redoubt.volume-key/db: 'kbs:///a/b/c'")).claim_keys.at("db"), "kbs:///a/b/c");
    EXPECT_TRUE(one(pod("a: b")).claim_keys.empty());
    EXPECT_FALSE(parse_manifests({{"pod.yaml", pod("io.redoubt.volume-key/dbs: 'kbs:///a/b/c'")}}));
}

TEST(PodManifest, ReadsAContainerWithAllItsParts) {
    const auto made = one(k_whole);
    ASSERT_EQ(made.containers.size(), 2U);
    EXPECT_EQ(made.containers[1].pull, PullPolicy::never);
    const auto& main = made.containers[1].spec;
    EXPECT_EQ(main.name(), "web-main");
    EXPECT_EQ(main.user(), "0");
    EXPECT_EQ(main.command(1), "daemon off;");
    EXPECT_EQ(main.memory_bytes(), 128U << 20U);
    EXPECT_EQ(main.cpus(), 0.5);
    std::map<std::string, std::string> environment;
    for (const auto& variable : main.environment()) environment[variable.name()] = variable.value();
    EXPECT_EQ(environment["A"], "1");
    EXPECT_EQ(environment["TOKEN"], "secret");
    EXPECT_EQ(environment["POD"], "web");
    EXPECT_EQ(environment["C_LEVEL"], "debug");
    ASSERT_EQ(main.mounts_size(), 4);
    EXPECT_TRUE(main.mounts(0).read_only());
    EXPECT_EQ(main.mounts(1).kind(), pb::Mount::POD);
    EXPECT_EQ(main.mounts(1).sub_path(), "nginx.conf");
    EXPECT_EQ(main.mounts(2).kind(), pb::Mount::VOLUME);
    EXPECT_EQ(main.mounts(3).kind(), pb::Mount::BIND);
    ASSERT_EQ(main.probes_size(), 3);
    EXPECT_EQ(main.probes(0).purpose(), pb::Probe::STARTUP);
    EXPECT_EQ(main.probes(1).success_threshold(), 2U);
    EXPECT_EQ(main.probes(2).port(), 80U);
    EXPECT_EQ(main.probes(2).period_seconds(), 3U);
    EXPECT_EQ(main.probes(2).headers().at("X"), "y");
}

TEST(PodManifest, NamesWhatItDoesNotKnowWithItsLine) {
    EXPECT_EQ(error_of(pod("    lifecycle: {}\n")),
              "pod.yaml: line 9: Pod 'web': spec.containers[0].lifecycle: this field is not known, or not "
              "done here");
    EXPECT_EQ(error_of(pod("", "  nodeName: here\n")),
              "pod.yaml: line 9: Pod 'web': spec.nodeName: this field is not known, or not done here");
    EXPECT_EQ(error_of("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"),
              "pod.yaml: line 2: kind: 'Service' is not Pod, ConfigMap or Secret");
    EXPECT_THAT(error_of("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}\n"),
                HasSubstr("spec.containers: missing"));
}

TEST(PodManifest, NamesWrongValues) {
    EXPECT_THAT(error_of(pod("    env: [{name: A, value: 1}]\n")),
                HasSubstr("env[0].value: '1' is a number, not text: put it in quotes"));
    EXPECT_THAT(error_of(pod("    ports: [{containerPort: 70000}]\n")),
                HasSubstr("not a whole number from 1 to 65535"));
    EXPECT_THAT(error_of(pod("    resources: {limits: {memory: lots}}\n")),
                HasSubstr("'lots' is not a quantity"));
    EXPECT_THAT(error_of(pod("    volumeMounts: [{name: v, mountPath: /v}]\n")),
                HasSubstr("the pod has no volume 'v'"));
    EXPECT_THAT(error_of(pod("    livenessProbe: {tcpSocket: {port: http}}\n")),
                HasSubstr("the container has no port 'http'"));
    EXPECT_THAT(error_of(pod("    livenessProbe: {periodSeconds: 1}\n")), HasSubstr("one of exec, httpGet"));
    EXPECT_THAT(error_of(pod("    envFrom: [{configMapRef: {name: none}}]\n")),
                HasSubstr("no ConfigMap 'none'"));
    EXPECT_THAT(error_of(pod("", "  restartPolicy: Sometimes\n")),
                HasSubstr("is not Always, OnFailure or Never"));
    EXPECT_THAT(error_of(pod("", "  hostNetwork: true\n")), HasSubstr("hostNetwork: not done here"));
    EXPECT_THAT(error_of(pod("", "  runtimeClassName: gvisor\n")),
                HasSubstr("'gvisor' is not implemented for pods: a pod is one VM"));
    EXPECT_EQ(error_of(pod("", "  runtimeClassName: vm\n")), "no error");
    EXPECT_EQ(error_of(pod("", "  runtimeClassName: redoubt-confidential\n")), "no error");
    EXPECT_THAT(error_of(pod("", "  volumes: [{name: v, emptyDir: {}, hostPath: {path: /}}]\n")),
                HasSubstr("one of emptyDir"));
    EXPECT_EQ(error_of(pod("    envFrom: [{configMapRef: {name: none, optional: true}}]\n")), "no error");
}

TEST(PodManifest, QuantitiesAreKubernetes) {
    const auto thousandths = [](const char* text) { return parse_quantity_in_thousandths(text).value_or(0); };
    EXPECT_EQ(thousandths("500m"), 500U);
    EXPECT_EQ(thousandths("1.5"), 1500U);
    EXPECT_EQ(thousandths("2e3"), 2'000'000U);
    EXPECT_EQ(thousandths("1Ki"), 1'024'000U);
    EXPECT_EQ(thousandths("1k"), 1'000'000U);
    for (const auto* text : {"", "x", "-1", "1KiB", "inf", "nan", "1e30", " 1"})
        EXPECT_FALSE(parse_quantity_in_thousandths(text)) << text;
}

} // namespace
} // namespace redoubt::ctl
