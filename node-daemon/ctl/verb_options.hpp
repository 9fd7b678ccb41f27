// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Declarations of the verbs' flags. Included only where CLI11 is: command_line.cpp and its neighbours.

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node-daemon/ctl/invocation.hpp"

namespace redoubt::ctl {

/// Where the parser leaves what it reads: one value of each verb's options, of which one is chosen.
struct ParseState {
    std::string host;
    bool json = false;
    RunOptions run;
    ExecOptions exec;
    AttachOptions attach;
    PsOptions ps;
    LogsOptions logs;
    StopOptions stop;
    KillOptions kill;
    RmOptions rm;
    InspectOptions inspect;
    WaitOptions wait;
    EventsOptions events;
    ImagePullOptions image_pull;
    ImageImportOptions image_import;
    ImageLsOptions image_ls;
    ImageRmOptions image_rm;
    ImageInspectOptions image_inspect;
    ImageEncryptOptions image_encrypt;
    ImageSignOptions image_sign;
    ImageVerifyOptions image_verify;
    LoginOptions login;
    LogoutOptions logout;
    EvidenceVerifyOptions evidence;
    struct {
        PolicyGenerateOptions generate;
        PolicyTestOptions test;
    } policies;
    struct {
        InitdataBuildOptions build;
        InitdataShowOptions show;
    } initdata;
    struct {
        MeasureOptions measure;
        ConfidentialExplainOptions explain;
    } confidential;
    struct {
        TrustConnection connection;
        ResourceSetOptions resource_set;
        ResourceShowOptions resource_show;
        ResourceLsOptions resource_ls;
        ResourceRmOptions resource_rm;
        PolicySetOptions policy_set;
        PolicyShowOptions policy_show;
        PolicyLsOptions policy_ls;
        ReferenceValueAddOptions reference_value_add;
        ReferenceValueLsOptions reference_value_ls;
        ReferenceValueRmOptions reference_value_rm;
        ReferenceValueHistoryOptions reference_value_history;
        TenantLsOptions tenant_ls;
        TenantCreateOptions tenant_create;
        TenantAnchorOptions anchor_enable;
        TenantAnchorOptions anchor_disable;
        ApprovalLsOptions approval_ls;
        ApprovalDecideOptions approval_approve;
        ApprovalDecideOptions approval_reject;
        AuditShowOptions audit_show;
        AuditVerifyOptions audit_verify;
        CollateralImportOptions collateral_import;
        CollateralLsOptions collateral_ls;
    } trust;
    struct {
        AttestNodeOptions node;
        AttestEnrolOptions enrol;
    } attest;
    NodeDrainOptions node_drain;
    struct {
        NodePairingOptions pairing;
        NodeAuditOptions audit;
        ClientAddOptions client_add;
        ClientRmOptions client_rm;
        RecoveryKeyFetchOptions recovery_key_fetch;
    } access;
    struct {
        PairOptions pair;
        ProfileAddOptions add;
        ProfileLsOptions ls;
        ProfileRmOptions rm;
    } profiles;
    struct {
        VolumeCreateOptions create;
        VolumeLsOptions ls;
        VolumeInspectOptions inspect;
        VolumeRmOptions rm;
        VolumePruneOptions prune;
        VolumeExistsOptions exists;
        VolumeResizeOptions resize;
    } volumes;
    struct {
        PodCreateOptions create;
        PodPsOptions ps;
        PodInspectOptions inspect;
        PodStartOptions start;
        PodStopOptions stop;
        PodKillOptions kill;
        PodRmOptions rm;
        PodLogsOptions logs;
        PodTopOptions top;
    } pods;
    struct {
        NetworkCreateOptions create;
        NetworkLsOptions ls;
        NetworkInspectOptions inspect;
        NetworkRmOptions rm;
        NetworkPruneOptions prune;
        NetworkExistsOptions exists;
    } networks;
    ApplyOptions apply;
    DownOptions down;
    CreateOptions create;
    StartOptions start;
    RestartOptions restart;
    PauseOptions pause;
    UnpauseOptions unpause;
    RenameOptions rename;
    UpdateOptions update;
    TopOptions top;
    StatsOptions stats;
    CopyOptions copy;
    DiffOptions diff;
    ContainerPruneOptions container_prune;
    ImagePruneOptions image_prune;
    SystemPruneOptions system_prune;
    SystemDfOptions system_df;
    GenerateSystemdOptions generate_systemd;
    CompletionOptions completion;
    /// Verbs whose arguments are the container's business: run and exec.
    std::set<const CLI::App*> passing;
    std::vector<std::string> container_words;
    /// For each verb that can be called: how to take its options. May fail: CLI::ValidationError.
    std::map<const CLI::App*, std::function<Verb()>> take;
};

/// A flag that may be given many times, one value each.
CLI::Option* add_repeated(CLI::App& verb, const std::string& flags, std::vector<std::string>& values,
                          const std::string& help);

/// All verbs, with nothing parsed yet.
void declare_verbs(CLI::App& app, ParseState& state);

/// Adds a verb with the flags every verb has.
CLI::App* add_verb(CLI::App& parent, ParseState& state, const std::string& name,
                   const std::string& description);

void declare_process_verbs(CLI::App& app, ParseState& state);
void declare_change_verbs(CLI::App& app, ParseState& state);
void declare_look_verbs(CLI::App& app, ParseState& state);
void declare_cleaning_verbs(CLI::App& app, ParseState& state);
void declare_shell_verbs(CLI::App& app, ParseState& state);
void declare_container_verbs(CLI::App& app, ParseState& state);
void declare_image_verbs(CLI::App& app, ParseState& state);
void declare_login_verbs(CLI::App& app, ParseState& state);
/// Of who makes an image, below `image`.
void declare_image_author_verbs(CLI::App& group, ParseState& state);
void declare_volume_verbs(CLI::App& app, ParseState& state);
/// Of verbs that make a container: volume_options.cpp.
void add_storage_flags(CLI::App& verb, RunOptions& run);
void add_privilege_flags(CLI::App& verb, RunOptions& run);
/// Of pods, networks and manifests.
void declare_pod_verbs(CLI::App& app, ParseState& state);
void declare_node_verbs(CLI::App& app, ParseState& state);
/// Of who may manage the node, below `node`.
void declare_access_verbs(CLI::App& node, ParseState& state);
void declare_profile_verbs(CLI::App& app, ParseState& state);
/// Which key broker, and who we are to it.
void add_connection_flags(CLI::App& verb, ParseState& state);
void declare_attest_verbs(CLI::App& app, ParseState& state);
void declare_evidence_verbs(CLI::App& app, ParseState& state);
void declare_policy_verbs(CLI::App& app, ParseState& state);
void declare_initdata_verbs(CLI::App& app, ParseState& state);
void declare_confidential_verbs(CLI::App& app, ParseState& state);
void declare_trust_verbs(CLI::App& app, ParseState& state);

} // namespace redoubt::ctl
