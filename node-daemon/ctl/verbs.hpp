// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The verbs: one function each, in the file of its name. Results are exit codes; failures are printed by
/// main.

#include <string>

#include "common/base/error.hpp"
#include "node-daemon/ctl/client.hpp"
#include "node-daemon/ctl/invocation.hpp"

namespace redoubt::ctl {

/// What every verb works with.
struct Context {
    Client& client;
    bool json = false;
};

Result<int> run(Context context, const RunOptions& options);
Result<int> exec(Context context, const ExecOptions& options);
Result<int> attach(Context context, const AttachOptions& options);
Result<int> ps(Context context, const PsOptions& options);
Result<int> logs(Context context, const LogsOptions& options);
Result<int> stop(Context context, const StopOptions& options);
Result<int> kill(Context context, const KillOptions& options);
Result<int> rm(Context context, const RmOptions& options);
Result<int> inspect(Context context, const InspectOptions& options);
Result<int> wait(Context context, const WaitOptions& options);
Result<int> events(Context context, const EventsOptions& options);
Result<int> image_pull(Context context, const ImagePullOptions& options);
Result<int> login(Context context, const LoginOptions& options);
/// `login --get-login`, which needs no daemon.
Result<int> print_login(const LoginOptions& options);
Result<int> logout(const LogoutOptions& options);
Result<int> image_import(Context context, const ImageImportOptions& options);
Result<int> image_ls(Context context, const ImageLsOptions& options);
Result<int> image_rm(Context context, const ImageRmOptions& options);
Result<int> image_inspect(Context context, const ImageInspectOptions& options);
Result<int> volume(Context context, const VolumeVerb& verb);
Result<int> pod(Context context, const PodVerb& verb);
Result<int> network(Context context, const NetworkVerb& verb);
Result<int> apply(Context context, const ApplyOptions& options);
Result<int> down(Context context, const DownOptions& options);
Result<int> node_info(Context context, const NodeInfoOptions& options);
Result<int> node_check(Context context, const NodeCheckOptions& options);
Result<int> node_drain(Context context, const NodeDrainOptions& options);
Result<int> node_resume(Context context, const NodeResumeOptions& options);
/// Who the node is, and who may manage it from outside.
Result<int> access(Context context, const AccessVerb& verb);
/// What the node booted, judged here by what it proves. 0 accepted, 1 not.
Result<int> attest(Context context, const AttestVerb& verb);
Result<int> attest_enrol(Context context, const AttestEnrolOptions& options);
Result<int> create(Context context, const CreateOptions& options);
Result<int> start(Context context, const StartOptions& options);
Result<int> restart(Context context, const RestartOptions& options);
Result<int> pause(Context context, const PauseOptions& options);
Result<int> unpause(Context context, const UnpauseOptions& options);
Result<int> rename(Context context, const RenameOptions& options);
Result<int> update(Context context, const UpdateOptions& options);
Result<int> top(Context context, const TopOptions& options);
Result<int> stats(Context context, const StatsOptions& options);
Result<int> copy(Context context, const CopyOptions& options);
Result<int> diff(Context context, const DiffOptions& options);
Result<int> container_prune(Context context, const ContainerPruneOptions& options);
Result<int> image_prune(Context context, const ImagePruneOptions& options);
Result<int> system_prune(Context context, const SystemPruneOptions& options);
Result<int> system_df(Context context, const SystemDfOptions& options);
Result<int> generate_systemd(Context context, const GenerateSystemdOptions& options);
/// Prints the script that teaches a shell to complete.
Result<int> completion(const CompletionOptions& options);
/// Prints what may stand in place of the last word; nothing is wrong when the daemon does not answer.
Result<int> complete(const std::string& host, const CompleteOptions& options);
/// Speaks to the daemon only when it is there.
Result<int> version(const Invocation& invocation);
/// Speaks to a key broker, not to the daemon. 1: what was named is not there, or the audit log is broken; 3:
/// a change waits for another administrator.
Result<int> trust(const TrustOptions& options, bool json);
/// This user's own: pairing speaks to the node that is named, the others to nobody.
Result<int> profile(const ProfileVerb& verb, bool json);
/// Offline: no daemon is asked. 0 the evidence is accepted, 1 it is not.
Result<int> evidence_verify(const Invocation& invocation);
/// Offline: files in, a policy out.
Result<int> initdata_build(const Invocation& invocation);
Result<int> initdata_show(const Invocation& invocation);
Result<int> policy_generate(const Invocation& invocation);
/// Offline: what evidence of a guest will hold.
Result<int> measure(const Invocation& invocation);
/// Offline: what a confidential pod is made of, what it may be given, and what it refuses.
Result<int> confidential_explain(const Invocation& invocation);
/// Offline: an image in, an encrypted image out.
Result<int> image_encrypt(const Invocation& invocation);
/// Offline: a signature is put beside an image.
Result<int> image_sign(const Invocation& invocation);
/// Offline. 0: there is a signature of the key.
Result<int> image_verify(const Invocation& invocation);
/// Offline. 0 all requests are decided as recorded, 1 some are not.
Result<int> policy_test(const Invocation& invocation);

} // namespace redoubt::ctl
