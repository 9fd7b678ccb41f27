// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a policy is made of: a pod as its author wrote it, and what its images say. No I/O here; who reads
/// the manifest fills it in.
/// Source: Kubernetes API, core/v1 PodSpec.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace redoubt::agent_policy {

/// A text that is known, or known but for parts that are only known when the pod runs.
struct Template {
    struct Part {
        std::string text;
        bool is_pattern = false; ///< then `text` is a regular expression, without anchors
    };
    std::vector<Part> parts;

    [[nodiscard]] static Template literal(std::string text);
    [[nodiscard]] static Template pattern(std::string expression);
    void append(const Template& other);
    [[nodiscard]] bool is_literal() const;
    /// Of a literal one.
    [[nodiscard]] std::string text() const;
    /// The regular expression, without anchors.
    [[nodiscard]] std::string expression() const;
};

struct Variable {
    std::string name;
    Template value;
    bool is_final = false; ///< of a ConfigMap, a Secret, a field: $(NAME) in it is only text
};

/// What both a pod's and a container's securityContext may say.
struct UserWish {
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
};

enum class VolumeKind : std::uint8_t {
    empty_dir,        ///< a disk with a key nobody keeps
    empty_dir_memory, ///< a tmpfs
    files,            ///< configMap, secret, projected, downwardAPI: only to be read
    host_path,        ///< hostPath and persistentVolumeClaim: a folder of the host's
    device,           ///< persistentVolumeClaim with volumeMode Block
    kept,             ///< persistentVolumeClaim that the guest encrypts, with a key of the broker's
};

struct VolumeUse {
    std::string volume;
    VolumeKind kind = VolumeKind::files;
    std::string path; ///< in the container
    bool is_read_only = false;
    std::string sub_path;     ///< what of it; relative
    std::string propagation;  ///< "", "HostToContainer", "Bidirectional"
    std::string key_uri = {}; ///< of a kept one: kbs:///repository/type/tag
};

/// A file of a ConfigMap's or a Secret's volume.
struct DocumentFile {
    std::string path; ///< in the volume
    std::uint32_t mode = 0;
    std::string digest; ///< of its content: "sha256:..."
};

/// What a ConfigMap's or a Secret's volume holds.
struct Document {
    std::optional<std::vector<DocumentFile>> files; ///< none: not known
};

struct Container {
    std::string name;
    std::string image;
    std::vector<std::string> command; ///< as written, $(NAME) not replaced; empty: the image's
    std::vector<std::string> args;
    std::string working_dir;
    std::vector<Variable> env; ///< in order; $(NAME) not replaced
    std::vector<VolumeUse> volumes;
    std::vector<std::string> device_paths; ///< volumeDevices
    std::string termination_message_path = "/dev/termination-log";
    bool tty = false;

    UserWish user;
    bool privileged = false;
    bool allow_escalation = true;
    bool read_only_root = false;
    bool unmasked_proc = false;
    std::vector<std::string> add_capabilities; ///< without "CAP_"
    std::vector<std::string> drop_capabilities;

    std::uint32_t gpus = 0;
    std::vector<std::vector<std::string>> probe_commands; ///< $(NAME) not replaced
    std::vector<std::vector<std::string>> hook_commands;  ///< of postStart and preStop, run as they are
};

struct Workload {
    std::string kind; ///< "Pod", "Deployment"...
    std::string name; ///< of the manifest
    /// Of the pod: a regular expression without anchors.
    std::string pod_name_like;
    std::string name_space; ///< empty: whichever it is put into
    std::map<std::string, std::string> annotations;

    bool share_pid_namespace = false;
    bool service_account_token = true;
    UserWish user;
    std::vector<std::uint32_t> supplemental_groups;
    bool only_named_groups = false; ///< supplementalGroupsPolicy Strict: not those of the image's /etc/group
    std::optional<std::uint32_t> fs_group;
    std::map<std::string, std::string> sysctls;
    std::map<std::string, Document> documents; ///< by volume, of kind files
    std::vector<Container> containers;         ///< init containers first
};

} // namespace redoubt::agent_policy
