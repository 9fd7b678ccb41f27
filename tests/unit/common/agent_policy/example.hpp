// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json.hpp>

#include <string>

#include "common/agent_policy/decision/decider.hpp"
#include "common/agent_policy/generate.hpp"
#include "common/agent_policy/settings.hpp"

namespace redoubt::test {

/// A pod that has a bit of everything.
inline agent_policy::Workload example_pod() {
    using namespace agent_policy;
    Container container{.name = "web", .image = "registry.example/web@sha256:" + std::string(64, 'a')};
    container.args = {"--as", "$(POD)"};
    container.env = {{.name = "POD", .value = Template::pattern("$(sandbox-name)")},
                     {.name = "MODE", .value = Template::literal("a.b")}};
    container.volumes = {{.volume = "scratch", .kind = VolumeKind::empty_dir, .path = "/scratch"},
                         {.volume = "tmp", .kind = VolumeKind::empty_dir_memory, .path = "/tmp"},
                         {.volume = "config", .kind = VolumeKind::files, .path = "/etc/web"}};
    container.probe_commands = {{"check", "$(MODE)"}};
    container.drop_capabilities = {"ALL"};
    container.add_capabilities = {"NET_BIND_SERVICE"};
    container.allow_escalation = false;
    container.read_only_root = true;
    Workload pod{.kind = "Pod", .name = "shop", .pod_name_like = "shop"};
    pod.user = {.uid = 1000, .gid = 2000};
    pod.fs_group = 3000;
    pod.sysctls = {{"net.core.somaxconn", "1024"}};
    pod.containers = {container};
    return pod;
}

inline agent_policy::Images example_images() {
    agent_policy::ImageFacts facts;
    facts.config.entrypoint = {"/web"};
    facts.config.cmd = {"--not-used"};
    facts.config.env = {"PATH=/bin", "MODE=image"};
    facts.config.working_dir = "/srv";
    return {{"registry.example/web@sha256:" + std::string(64, 'a'), facts}};
}

inline agent_policy::GeneratedPolicy policy_of(const agent_policy::Workload& pod,
                                               const agent_policy::Images& images,
                                               std::string_view settings = "") {
    const auto read = agent_policy::read_settings(settings);
    if (!read) throw std::runtime_error(read.error().message);
    const auto policy = agent_policy::generate_policy(pod, images, read->root());
    if (!policy) throw std::runtime_error(policy.error().message);
    return *policy;
}

inline std::unique_ptr<agent_policy::Decider> decider_of(const agent_policy::GeneratedPolicy& policy) {
    auto decider = agent_policy::Decider::load("policy.rego", policy.text);
    if (!decider) throw std::runtime_error(decider.error().message);
    return *std::move(decider);
}

/// What a node asks for to make the example's container.
inline boost::json::value example_request() {
    return boost::json::parse(R"json({
  "container_id": "c1", "exec_id": "c1", "devices": [], "shared_mounts": [], "string_user": null,
  "sandbox_pidns": false, "stdin_port": 0, "stdout_port": 0, "stderr_port": 0,
  "storages": [
    {"driver": "blk", "driver_options": ["encryption_key=ephemeral", "create_filesystem"], "fs_group": {"group_id": 3000, "group_change_policy": 0},
     "fstype": "ext4", "mount_point": "/run/kata-containers/sandbox/storage/MDIvMDA=", "options": [], "source": "02/00", "shared": true},
    {"driver": "ephemeral", "driver_options": [], "fs_group": null, "fstype": "tmpfs", "mount_point": "/run/kata-containers/sandbox/ephemeral/tmp",
     "options": [], "source": "tmpfs", "shared": true},
    {"driver": "image_guest_pull", "driver_options": ["image_guest_pull={\"metadata\":{\"io.kubernetes.cri.container-type\":\"container\"}}"],
     "fs_group": null, "fstype": "overlay", "mount_point": "/run/kata-containers/c1/rootfs", "options": [],
     "source": "registry.example/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "shared": false}
  ],
  "OCI": {
    "Version": "1.1.0", "Hooks": null, "Solaris": null, "Windows": null, "Hostname": "",
    "Annotations": {
      "io.katacontainers.pkg.oci.bundle_path": "/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1",
      "io.katacontainers.pkg.oci.container_type": "pod_container",
      "io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.sandbox-name": "shop", "io.kubernetes.cri.sandbox-namespace": "default"
    },
    "Root": {"Path": "/run/kata-containers/c1/rootfs", "Readonly": true},
    "Mounts": [
      {"destination": "/proc", "type_": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
      {"destination": "/sys/fs/cgroup", "type_": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro", "nsdelegate"]},
      {"destination": "/scratch", "type_": "bind", "source": "/run/kata-containers/sandbox/storage/MDIvMDA=", "options": ["rbind", "rprivate", "rw"]},
      {"destination": "/tmp", "type_": "bind", "source": "/run/kata-containers/sandbox/ephemeral/tmp", "options": ["rbind", "rprivate", "rw"]},
      {"destination": "/etc/web", "type_": "bind", "source": "/run/kata-containers/shared/containers/c1-0123456789abcdef-web", "options": ["rbind", "rprivate", "ro"]}
    ],
    "Process": {
      "Args": ["/web", "--as", "shop"], "Cwd": "/srv", "Terminal": false, "NoNewPrivileges": true, "SelinuxLabel": "",
      "Env": ["PATH=/bin", "POD=shop", "MODE=a.b", "HOSTNAME=shop", "DB_SERVICE_HOST=10.0.0.9", "DB_PORT_80_TCP=tcp://10.0.0.9:80"],
      "User": {"UID": 1000, "GID": 2000, "AdditionalGids": [2000, 3000], "Username": ""},
      "Capabilities": {"Ambient": [], "Bounding": ["CAP_NET_BIND_SERVICE"], "Effective": ["CAP_NET_BIND_SERVICE"], "Inheritable": [], "Permitted": ["CAP_NET_BIND_SERVICE"]}
    },
    "Linux": {
      "UIDMappings": [], "GIDMappings": [], "Devices": [], "Seccomp": null, "IntelRdt": null, "MountLabel": "", "RootfsPropagation": "",
      "Sysctl": {"net.core.somaxconn": "1024"}, "Resources": {"Devices": [], "Memory": {"Limit": 1000000}},
      "Namespaces": [{"Type": "ipc", "Path": ""}, {"Type": "uts", "Path": ""}, {"Type": "mount", "Path": ""}],
      "MaskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
      "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    }
  }
})json");
}

} // namespace redoubt::test
