// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a command line asks for, as values. Flags and their meaning follow podman.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/tee/cli/evidence_options.hpp"
#include "node-daemon/ctl/access_verbs.hpp"
#include "node-daemon/ctl/attest_verbs.hpp"
#include "node-daemon/ctl/pod_verbs.hpp"
#include "node-daemon/ctl/trust_verbs.hpp"

namespace redoubt::ctl {

inline constexpr auto k_default_host = "unix:///run/redoubt/redoubtd.sock";
inline constexpr auto k_default_detach_keys = "ctrl-p,ctrl-q";

/// How run, exec and attach connect this terminal with the process.
struct StreamOptions {
    bool interactive = false; ///< -i
    bool terminal = false;    ///< -t
    std::string detach_keys = k_default_detach_keys;
};

/// How to reach a registry.
struct RegistryOptions {
    std::string credentials; ///< user:password
    std::string auth_file;   ///< empty: where logins usually are
    bool verify_tls = true;
    std::string ca_file;
    std::string cert_dir;
    std::string platform;
    bool is_quiet = false; ///< no progress
};

struct RunOptions {
    StreamOptions stream;
    RegistryOptions registry;
    bool detach = false;
    bool remove = false;
    bool read_only = false;
    bool proxy_signals = true;
    std::string name;
    std::vector<std::string> environment; ///< NAME=value, or NAME to take it from ours
    std::string memory;
    double cpus = 0;
    std::string working_directory;
    std::string user;
    std::optional<std::string> entrypoint; ///< a program, or a JSON array of strings
    std::string hostname;
    std::vector<std::string> labels;
    std::vector<std::string> annotations;
    std::string stop_signal;
    std::vector<std::string> networks;
    std::vector<std::string> ports;
    std::vector<std::string> volumes; ///< [NAME|PATH:]TARGET[:OPTIONS]
    std::vector<std::string> mounts;
    std::vector<std::string> tmpfs;
    std::string shm_size;
    std::vector<std::string> environment_files;
    std::vector<std::string> added_capabilities;
    std::vector<std::string> dropped_capabilities;
    bool privileged = false;
    std::vector<std::string> ulimits;
    std::vector<std::string> devices;
    std::string restart;
    std::string pod;
    std::string runtime;
    std::string initdata; ///< file
    std::string pull = "missing";
    std::string image;
    std::vector<std::string> command;
};

struct ExecOptions {
    StreamOptions stream;
    std::vector<std::string> environment;
    std::string working_directory;
    std::string user;
    std::string container;
    std::vector<std::string> command;
};

struct AttachOptions {
    bool no_stdin = false;
    bool proxy_signals = true;
    std::string detach_keys = k_default_detach_keys;
    std::string container;
};

struct PsOptions {
    bool all = false;
    bool is_quiet = false;
    bool no_trunc = false;
    std::vector<std::string> filters; ///< name=, id=, label=, status=, ancestor=
};

struct LogsOptions {
    bool follow = false;
    std::optional<std::uint64_t> tail;
    std::string since;
    bool timestamps = false;
    std::string container;
};

struct StopOptions {
    std::optional<std::uint32_t> timeout_seconds;
    std::vector<std::string> containers;
};

struct KillOptions {
    std::string signal = "KILL";
    std::vector<std::string> containers;
};

struct RmOptions {
    bool force = false;
    bool volumes = false;
    std::vector<std::string> containers;
};

struct InspectOptions {
    std::vector<std::string> containers;
};

struct WaitOptions {
    std::vector<std::string> containers;
};

struct EventsOptions {
    std::string since;
    bool follow = true;
};

struct ImagePullOptions {
    RegistryOptions registry;
    std::string reference;
};

struct ImageImportOptions {
    std::string path;
    std::string name;
    bool is_quiet = false;
};

struct ImageLsOptions {
    bool is_quiet = false;
    bool no_trunc = false;
};

struct ImageRmOptions {
    bool force = false;
    std::vector<std::string> images;
};

struct ImageInspectOptions {
    std::vector<std::string> images;
};

struct ImageEncryptOptions {
    std::string key;
    std::string key_file;
    std::vector<int> layers; ///< from 0, negative from the end
    std::string platform = "linux/amd64";
    std::string source, target;
};

/// What sign and verify share.
struct ImageSignatureOptions {
    std::string key_file;
    std::string reference;
    std::string image;
};
struct ImageSignOptions : ImageSignatureOptions {};
struct ImageVerifyOptions : ImageSignatureOptions {};

struct VolumeCreateOptions {
    std::string driver = "local";
    std::vector<std::string> options; ///< size=SIZE, encrypted, key=URI
    std::vector<std::string> labels;
    bool ignore = false;
    std::string name;
};
struct VolumeLsOptions {
    bool is_quiet = false;
    std::vector<std::string> filters; ///< name=, label=, dangling=
};
struct VolumeInspectOptions {
    std::vector<std::string> volumes;
};
struct VolumeRmOptions {
    bool force = false;
    bool all = false;
    std::vector<std::string> volumes;
};
struct VolumePruneOptions {
    bool force = false;
    std::vector<std::string> filters; ///< label=
};
struct VolumeExistsOptions {
    std::string volume;
};
struct VolumeResizeOptions {
    std::string volume;
    std::string size;
};
using VolumeVerb = std::variant<VolumeCreateOptions, VolumeLsOptions, VolumeInspectOptions, VolumeRmOptions,
                                VolumePruneOptions, VolumeExistsOptions, VolumeResizeOptions>;
/// The flags of run that have a meaning without running.
struct CreateOptions {
    RunOptions run;
};

struct StartOptions {
    bool attach = false;
    bool interactive = false;
    bool all = false;
    bool proxy_signals = true;
    std::string detach_keys = k_default_detach_keys;
    std::vector<std::string> containers;
};

struct RestartOptions {
    std::optional<std::uint32_t> timeout_seconds;
    bool all = false;     ///< also those that do not run
    bool running = false; ///< all that run
    std::vector<std::string> containers;
};

struct PauseOptions {
    bool all = false;
    std::vector<std::string> containers;
};

struct UnpauseOptions {
    bool all = false;
    std::vector<std::string> containers;
};

struct RenameOptions {
    std::string container;
    std::string name;
};

struct UpdateOptions {
    std::string memory;
    std::optional<double> cpus;
    std::string container;
};

struct TopOptions {
    std::string container;
    std::vector<std::string> columns; ///< empty: the usual ones
};

struct StatsOptions {
    bool all = false;
    bool once = false;
    bool no_reset = false;
    bool no_trunc = false;
    double interval_seconds = 5;
    std::vector<std::string> containers; ///< none: all that run
};

struct CopyOptions {
    bool own_by_target = true; ///< -a: what is copied belongs to the one who gets it
    bool overwrite = false;
    bool is_quiet = false;
    std::string source;
    std::string target;
};

struct DiffOptions {
    std::string container;
};

struct ContainerPruneOptions {
    bool force = false;
    std::vector<std::string> filters; ///< until=, label=, label!=
};

struct ImagePruneOptions {
    bool all = false;
    bool force = false;
};

struct SystemPruneOptions {
    bool all = false;
    bool volumes = false;
    bool force = false;
};

struct SystemDfOptions {
    bool verbose = false;
};

struct GenerateSystemdOptions {
    bool by_name = false;
    bool is_new = false; ///< the unit makes the container anew at each start
    bool to_file = false;
    bool no_header = false;
    std::string restart_policy = "on-failure";
    std::optional<std::uint32_t> restart_seconds;
    std::uint32_t stop_seconds = 10;
    std::string prefix = "container";
    std::string separator = "-";
    std::vector<std::string> after, wants, requires_units;
    std::vector<std::string> environment;
    std::string container;
};

struct CompletionOptions {
    std::string shell; ///< bash, zsh, fish
};
/// The words so far, the last of which is to be completed. What the completion scripts call.
struct CompleteOptions {
    std::vector<std::string> words;
};

struct NodeInfoOptions {};
struct NodeCheckOptions {};

struct NodeDrainOptions {
    std::optional<std::uint32_t> timeout_seconds;
};

struct NodeResumeOptions {};
struct VersionOptions {};

struct PolicyGenerateOptions {
    std::vector<std::string> manifests;
    std::vector<std::string> config_maps;
    std::vector<std::string> image_configs; ///< NAME=FILE
    std::string node = "kata";              ///< or "redoubt"
    std::string settings;
    std::string workload;
    std::string output; ///< empty: standard output
    bool base64 = false;
};
struct PolicyTestOptions {
    std::string policy;
    std::string requests;
};

struct InitdataBuildOptions {
    std::string policy; ///< files
    std::string aa;
    std::string cdh;
    std::string image_policy; ///< file or kbs:// URI: which signatures images need
    std::string broker;       ///< URL
    std::string broker_cert;
    std::string algorithm = "sha384";
    std::string output; ///< empty: standard output
    bool annotation = false;
};
struct InitdataShowOptions {
    std::string source; ///< file, or the annotation itself
};

/// A machine that a confidential guest is launched on, as far as its measurement depends on it.
struct GuestMachine {
    std::string processor = "sev-snp"; ///< or "tdx", "simulation"
    std::string kernel = "/usr/lib/redoubt/guest/vmlinuz";
    std::string initrd = "/usr/lib/redoubt/guest/initramfs-confidential.cpio";
    std::string firmware; ///< empty: the processor's usual one
    std::string cpu_model = "EPYC-v4";
    std::uint64_t tsc_khz = 0; ///< of a simulation: the host's, which is on the command line there
    std::uint32_t vcpus = 1;   ///< the node's default, of pods that set no limit
};

struct MeasureOptions {
    std::string manifest; ///< empty: the node's default size
    std::string initdata; ///< file; empty: the manifest's annotation
    std::string pod;      ///< name, of several in a manifest
    GuestMachine machine;
};
struct ConfidentialExplainOptions {
    MeasureOptions launch;
    std::vector<std::string> images; ///< NAME=FOLDER, OCI layouts
};

struct LoginOptions {
    std::string registry;
    std::string username;
    std::string password;
    bool password_stdin = false;
    std::string auth_file;
    bool verify_tls = true;
    std::string cert_dir;
    bool get_login = false; ///< print the name alone
};
struct LogoutOptions {
    std::string registry;
    std::string auth_file;
    bool all = false;
};

using EvidenceVerifyOptions = tee::cli::EvidenceOptions;

using Verb = std::variant<
    RunOptions, ExecOptions, AttachOptions, PsOptions, LogsOptions, StopOptions, KillOptions, RmOptions,
    InspectOptions, WaitOptions, EventsOptions, ImagePullOptions, ImageImportOptions, ImageLsOptions,
    ImageRmOptions, ImageInspectOptions, VolumeVerb, NodeInfoOptions, NodeCheckOptions, NodeDrainOptions,
    NodeResumeOptions, VersionOptions, EvidenceVerifyOptions, CreateOptions, StartOptions, RestartOptions,
    PauseOptions, UnpauseOptions, RenameOptions, UpdateOptions, TopOptions, StatsOptions, CopyOptions,
    DiffOptions, ContainerPruneOptions, ImagePruneOptions, SystemPruneOptions, SystemDfOptions,
    GenerateSystemdOptions, CompletionOptions, CompleteOptions, PodVerb, NetworkVerb, ApplyOptions,
    DownOptions, PolicyGenerateOptions, PolicyTestOptions, InitdataBuildOptions, InitdataShowOptions,
    MeasureOptions, ConfidentialExplainOptions, TrustOptions, ImageEncryptOptions, ImageSignOptions,
    ImageVerifyOptions, LoginOptions, LogoutOptions, AccessVerb, ProfileVerb, AttestVerb>;

struct Invocation {
    std::string host = k_default_host;
    bool json = false;
    Verb verb;
};

} // namespace redoubt::ctl
