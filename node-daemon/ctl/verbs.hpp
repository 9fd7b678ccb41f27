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
Result<int> image_import(Context context, const ImageImportOptions& options);
Result<int> image_ls(Context context, const ImageLsOptions& options);
Result<int> image_rm(Context context, const ImageRmOptions& options);
Result<int> image_inspect(Context context, const ImageInspectOptions& options);
Result<int> volume(Context context, const VolumeVerb& verb);
Result<int> node_info(Context context, const NodeInfoOptions& options);
Result<int> node_check(Context context, const NodeCheckOptions& options);
Result<int> node_drain(Context context, const NodeDrainOptions& options);
Result<int> node_resume(Context context, const NodeResumeOptions& options);
/// Speaks to the daemon only when it is there.
Result<int> version(const Invocation& invocation);
/// Offline: no daemon is asked. 0 the evidence is accepted, 1 it is not.
Result<int> evidence_verify(const Invocation& invocation);

} // namespace redoubt::ctl
