// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/policy_workload.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

using agent_policy::VolumeKind;
using agent_policy::Workload;

std::vector<Workload> workloads(const std::string& text) {
    auto parsed = parse_policy_workloads({{"pod.yaml", text}}, {"nvidia.com/pgpu"});
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? *std::move(parsed) : std::vector<Workload>(1);
}

std::string error_of(const std::string& text) {
    const auto parsed = parse_policy_workloads({{"pod.yaml", text}}, {});
    return parsed ? "" : parsed.error().message;
}

constexpr const char* k_pod = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: shop
spec:
  runtimeClassName: redoubt-confidential
  nodeSelector: {a: b}
  tolerations: []
  shareProcessNamespace: true
  securityContext:
    runAsUser: 5
    runAsGroup: 6
    supplementalGroups: [7]
    fsGroup: 8
    sysctls:
    - {name: net.core.somaxconn, value: "1"}
  volumes:
  - {name: disk, emptyDir: {}}
  - {name: memory, emptyDir: {medium: Memory}}
  - {name: config, configMap: {name: m}}
  initContainers:
  - {name: first, image: x}
  containers:
  - name: web
    image: registry.example/web
    command: [run, $(KEY)]
    env:
    - {name: KEY, valueFrom: {configMapKeyRef: {name: m, key: k}}}
    - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    volumeMounts:
    - {name: disk, mountPath: /disk/}
    - {name: memory, mountPath: /memory, readOnly: true}
    - {name: config, mountPath: /config}
    securityContext:
      capabilities: {drop: [ALL], add: [CHOWN]}
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
    livenessProbe: {exec: {command: [check]}, periodSeconds: 5}
    readinessProbe: {httpGet: {port: 80}}
    lifecycle: {preStop: {exec: {command: [stop]}}}
    resources: {limits: {nvidia.com/pgpu: 2, cpu: 1}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {k: value}
---
apiVersion: v1
kind: Service
metadata: {name: web}
)";

TEST(PolicyWorkload, HasWhatAPolicyNeedsOfAPod) {
    const auto pods = workloads(k_pod);
    ASSERT_EQ(pods.size(), 1U);
    const auto& pod = pods[0];
    EXPECT_EQ(pod.pod_name_like, "web");
    EXPECT_TRUE(pod.share_pid_namespace);
    EXPECT_EQ(pod.user.uid, 5U);
    EXPECT_EQ(pod.user.gid, 6U);
    EXPECT_EQ(pod.supplemental_groups, std::vector<std::uint32_t>{7});
    EXPECT_EQ(pod.fs_group, 8U);
    EXPECT_EQ(pod.sysctls.at("net.core.somaxconn"), "1");
    ASSERT_EQ(pod.containers.size(), 2U);
    EXPECT_EQ(pod.containers[0].name, "first");
}

TEST(PolicyWorkload, HasWhatAPolicyNeedsOfAContainer) {
    const auto web = workloads(k_pod)[0].containers.at(1);
    EXPECT_EQ(web.command, (std::vector<std::string>{"run", "$(KEY)"}));
    ASSERT_EQ(web.env.size(), 4U);
    EXPECT_EQ(web.env[0].value.text(), "value");
    EXPECT_EQ(web.env[1].value.text(), "shop");
    EXPECT_FALSE(web.env[2].value.is_literal());
    EXPECT_EQ(web.env[3].value.expression(), "[0-9]+");
    ASSERT_EQ(web.volumes.size(), 3U);
    EXPECT_EQ(web.volumes[0].kind, VolumeKind::empty_dir);
    EXPECT_EQ(web.volumes[0].path, "/disk");
    EXPECT_EQ(web.volumes[1].kind, VolumeKind::empty_dir_memory);
    EXPECT_TRUE(web.volumes[1].is_read_only);
    EXPECT_EQ(web.volumes[2].kind, VolumeKind::files);
    EXPECT_EQ(web.drop_capabilities, std::vector<std::string>{"ALL"});
    EXPECT_FALSE(web.allow_escalation);
    EXPECT_TRUE(web.read_only_root);
    EXPECT_EQ(web.probe_commands, std::vector<std::vector<std::string>>{{"check"}});
    EXPECT_EQ(web.hook_commands, std::vector<std::vector<std::string>>{{"stop"}});
    EXPECT_EQ(web.gpus, 2U);
}

std::string pod_with_claim(const std::string& annotation) {
    return "kind: Pod\nmetadata: {name: web, annotations: {" + annotation +
           "}}\nspec: {volumes: [{name: data, persistentVolumeClaim: {claimName: db}}], "
           "containers: [{name: c, image: i, volumeMounts: [{name: data, mountPath: /data}]}]}";
}

TEST(PolicyWorkload, AClaimHasTheKeyOfItsAnnotation) {
    const auto kept =
        workloads(pod_with_claim("io.redoubt.volume-key/db: 'kbs:///a/b/c'"))[0].containers[0].volumes[0];
    EXPECT_EQ(kept.kind, VolumeKind::kept);
    EXPECT_EQ(kept.key_uri, "kbs:///a/b/c");
    const auto plain = workloads(pod_with_claim("a: b"))[0].containers[0].volumes[0];
    EXPECT_EQ(plain.kind, VolumeKind::host_path);
}

TEST(PolicyWorkload, AKeyThatNoClaimHasIsRefused) {
    for (const char* annotation :
         {"io.redoubt.volume-key/dbs: 'kbs:///a/b/c'", "io.redoubt.volume-key/data: 'kbs:///a/b/c'",
          "io.redoubt.volume-key/db: 'kbs:///a/b'", "io.redoubt.volume-key/db: ''"})
        EXPECT_EQ(parse_policy_workloads({{"pod.yaml", pod_with_claim(annotation)}}, {}).error().code,
                  Code::invalid_argument)
            << annotation;
}

TEST(PolicyWorkload, ReadsTheTemplatesOfControllersAndLists) {
    const auto template_of = [](const std::string& kind, const std::string& spec) {
        return "kind: List\nitems:\n- kind: " + kind + "\n  metadata: {name: shop}\n  spec: " + spec + "\n";
    };
    const std::string pod = "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    for (const auto* kind : {"Deployment", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"}) {
        const auto made = workloads(template_of(kind, "{template: " + pod + "}"));
        ASSERT_EQ(made.size(), 1U) << kind;
        EXPECT_EQ(made[0].containers.size(), 1U) << kind;
        EXPECT_EQ(made[0].pod_name_like, "[a-z0-9][-a-z0-9.]*") << kind;
    }
    EXPECT_EQ(workloads(template_of("StatefulSet", "{template: " + pod + "}"))[0].pod_name_like,
              "shop-[0-9]+");
    EXPECT_EQ(workloads(template_of("CronJob", "{jobTemplate: {spec: {template: " + pod + "}}}")).size(), 1U);
}

TEST(PolicyWorkload, TakesTheBeginningOfAGeneratedName) {
    EXPECT_EQ(
        workloads("kind: Pod\nmetadata: {generateName: web-}\nspec: {containers: [{name: c, image: i}]}")[0]
            .pod_name_like,
        "web-[-a-z0-9.]*");
}

TEST(PolicyWorkload, RefusesWhatItDoesNotKnow) {
    const auto pod = [](const std::string& spec) { return "kind: Pod\nmetadata: {name: w}\nspec: " + spec; };
    EXPECT_TRUE(error_of(pod("{containers: [{name: c, image: i, privilege: x}]}"))
                    .contains("spec.containers[0].privilege: this field is not known"));
    EXPECT_TRUE(
        error_of(pod("{hostNetwork: true, containers: [{name: c, image: i}]}")).contains("hostNetwork"));
    EXPECT_TRUE(error_of(pod("{containers: []}")).contains("there is no container"));
    EXPECT_TRUE(error_of("kind: Pod\nmetadata: {name: \"a\\nb\"}\nspec: {containers: [{name: c, image: i}]}")
                    .contains("not a name"));
    EXPECT_TRUE(error_of(pod("{containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]}"))
                    .contains("the pod has no volume 'v'"));
    EXPECT_TRUE(error_of(pod("{containers: [{name: c, image: i, env: [{name: A, valueFrom: {configMapKeyRef: "
                             "{name: m, key: k}}}]}]}"))
                    .contains("no ConfigMap 'm'"));
}

TEST(PolicyWorkload, KnowsTheFilesOfVolumesWhoseDataIsThere) {
    const auto found = workloads(R"(apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  volumes:
  - {name: all, configMap: {name: m, defaultMode: 0600}}
  - {name: one, secret: {secretName: s, items: [{key: k, path: sub/k, mode: 256}]}}
  - {name: unknown, secret: {secretName: elsewhere}}
  containers:
  - name: web
    image: x
    volumeMounts:
    - {name: all, mountPath: /all, subPath: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {a: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {k: aGVsbG8=, other: aGVsbG8=}
)");
    ASSERT_EQ(found.size(), 1U);
    const auto& documents = found[0].documents;
    ASSERT_EQ(documents.size(), 2U);
    // printf hello | sha256sum
    const std::string digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    const auto& all = documents.at("all").files.value();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].path, "a");
    EXPECT_EQ(all[0].digest, digest);
    EXPECT_EQ(all[0].mode, 0600U);
    const auto& one = documents.at("one").files.value();
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].path, "sub/k");
    EXPECT_EQ(one[0].digest, digest);
    EXPECT_EQ(one[0].mode, 0400U);
    EXPECT_EQ(found[0].containers[0].volumes[0].sub_path, "a");
}

} // namespace
} // namespace redoubt::ctl
