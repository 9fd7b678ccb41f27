// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <concepts>
#include <string>
#include <variant>
#include <vector>

#include "common/base/overload.hpp"
#include "node-daemon/ctl/command_line.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

template <class Value, class... Kinds>
concept OneOf = (std::same_as<Value, Kinds> || ...);
template <class Options>
concept NeedsNoDaemon =
    OneOf<Options, VersionOptions, EvidenceVerifyOptions, PolicyGenerateOptions, PolicyTestOptions,
          InitdataBuildOptions, InitdataShowOptions, MeasureOptions, ConfidentialExplainOptions,
          ImageEncryptOptions, ImageSignOptions, ImageVerifyOptions, TrustOptions, LogoutOptions, ProfileVerb,
          CompletionOptions, CompleteOptions>;

Result<int> dispatch(Context context, const Verb& verb) {
    return std::visit(
        Overload{
            [&](const RunOptions& options) { return run(context, options); },
            [&](const ExecOptions& options) { return exec(context, options); },
            [&](const AttachOptions& options) { return attach(context, options); },
            [&](const PsOptions& options) { return ps(context, options); },
            [&](const LogsOptions& options) { return logs(context, options); },
            [&](const StopOptions& options) { return stop(context, options); },
            [&](const KillOptions& options) { return kill(context, options); },
            [&](const RmOptions& options) { return rm(context, options); },
            [&](const InspectOptions& options) { return inspect(context, options); },
            [&](const WaitOptions& options) { return wait(context, options); },
            [&](const EventsOptions& options) { return events(context, options); },
            [&](const ImagePullOptions& options) { return image_pull(context, options); },
            [&](const LoginOptions& options) { return login(context, options); },
            [&](const ImageImportOptions& options) { return image_import(context, options); },
            [&](const ImageLsOptions& options) { return image_ls(context, options); },
            [&](const ImageRmOptions& options) { return image_rm(context, options); },
            [&](const ImageInspectOptions& options) { return image_inspect(context, options); },
            [&](const VolumeVerb& verb_of) { return volume(context, verb_of); },
            [&](const PodVerb& verb_of) { return pod(context, verb_of); },
            [&](const NetworkVerb& verb_of) { return network(context, verb_of); },
            [&](const ApplyOptions& options) { return apply(context, options); },
            [&](const DownOptions& options) { return down(context, options); },
            [&](const NodeInfoOptions& options) { return node_info(context, options); },
            [&](const NodeCheckOptions& options) { return node_check(context, options); },
            [&](const NodeDrainOptions& options) { return node_drain(context, options); },
            [&](const NodeResumeOptions& options) { return node_resume(context, options); },
            [&](const AttestVerb& verb_of) { return attest(context, verb_of); },
            [&](const AccessVerb& verb_of) { return access(context, verb_of); },
            [&](const CreateOptions& options) { return create(context, options); },
            [&](const StartOptions& options) { return start(context, options); },
            [&](const RestartOptions& options) { return restart(context, options); },
            [&](const PauseOptions& options) { return pause(context, options); },
            [&](const UnpauseOptions& options) { return unpause(context, options); },
            [&](const RenameOptions& options) { return rename(context, options); },
            [&](const UpdateOptions& options) { return update(context, options); },
            [&](const TopOptions& options) { return top(context, options); },
            [&](const StatsOptions& options) { return stats(context, options); },
            [&](const CopyOptions& options) { return copy(context, options); },
            [&](const DiffOptions& options) { return diff(context, options); },
            [&](const ContainerPruneOptions& options) { return container_prune(context, options); },
            [&](const ImagePruneOptions& options) { return image_prune(context, options); },
            [&](const SystemPruneOptions& options) { return system_prune(context, options); },
            [&](const SystemDfOptions& options) { return system_df(context, options); },
            [&](const GenerateSystemdOptions& options) { return generate_systemd(context, options); },
            [](const NeedsNoDaemon auto&) -> Result<int> { return 1; }, // see execute()
        },
        verb);
}

Result<int> execute(const Invocation& invocation) {
    if (std::holds_alternative<VersionOptions>(invocation.verb)) return version(invocation);
    if (std::holds_alternative<EvidenceVerifyOptions>(invocation.verb)) return evidence_verify(invocation);
    if (std::holds_alternative<PolicyGenerateOptions>(invocation.verb)) return policy_generate(invocation);
    if (std::holds_alternative<PolicyTestOptions>(invocation.verb)) return policy_test(invocation);
    if (std::holds_alternative<InitdataBuildOptions>(invocation.verb)) return initdata_build(invocation);
    if (std::holds_alternative<InitdataShowOptions>(invocation.verb)) return initdata_show(invocation);
    if (std::holds_alternative<MeasureOptions>(invocation.verb)) return measure(invocation);
    if (std::holds_alternative<ConfidentialExplainOptions>(invocation.verb))
        return confidential_explain(invocation);
    if (std::holds_alternative<ImageEncryptOptions>(invocation.verb)) return image_encrypt(invocation);
    if (std::holds_alternative<ImageSignOptions>(invocation.verb)) return image_sign(invocation);
    if (std::holds_alternative<ImageVerifyOptions>(invocation.verb)) return image_verify(invocation);
    if (const auto* options = std::get_if<TrustOptions>(&invocation.verb))
        return trust(*options, invocation.json);
    if (const auto* options = std::get_if<LogoutOptions>(&invocation.verb)) return logout(*options);
    if (const auto* options = std::get_if<LoginOptions>(&invocation.verb); options && options->get_login)
        return print_login(*options);
    if (const auto* verb = std::get_if<ProfileVerb>(&invocation.verb)) return profile(*verb, invocation.json);
    if (const auto* options = std::get_if<CompletionOptions>(&invocation.verb)) return completion(*options);
    if (const auto* options = std::get_if<CompleteOptions>(&invocation.verb))
        return complete(invocation.host, *options);
    RDT_TRY(const auto client, Client::connect(invocation.host));
    return dispatch({*client, invocation.json}, invocation.verb);
}

Result<int> run_program(std::vector<std::string> words) {
    RDT_TRY(const auto parsed, parse_command_line(std::move(words)));
    if (const auto* help = std::get_if<HelpText>(&parsed)) {
        RDT_CHECK(print(help->text));
        return 0;
    }
    return execute(std::get<Invocation>(parsed));
}

} // namespace
} // namespace redoubt::ctl

int main(int argc, char** argv) {
    using namespace redoubt::ctl;
    const auto code = run_program(std::vector<std::string>(argv + 1, argv + argc));
    if (code) return *code;
    print_error(code.error());
    return exit_code_of(code.error());
}
