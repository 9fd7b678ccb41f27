// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "guest-image/agent/rpc/agent_service.hpp"
#include "guest-image/agent/rpc/requests_from_proto.hpp"
#include "guest-image/agent/sandbox/guest_metrics.hpp"
#include "guest-image/agent/sandbox/guest_upkeep.hpp"

namespace redoubt::guest::rpc {

namespace {

/// How many bytes of UTF-8 stand at `place`; 0 when there is none. Source: Unicode 16, table 3-7.
std::size_t sequence_at(std::string_view text, std::size_t place) {
    const auto byte = [&](std::size_t i) {
        return place + i < text.size() ? static_cast<unsigned char>(text[place + i]) : 0U;
    };
    const auto lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool is_no_character = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
    return is_overlong || is_no_character ? 0 : length;
}

/// A protobuf string is UTF-8; what a container writes need not be, nor the end of it that is kept.
std::string as_utf8(std::string text) {
    for (std::size_t place = 0; place < text.size();) {
        const auto length = sequence_at(text, place);
        if (length == 0) text[place] = '?';
        place += std::max<std::size_t>(length, 1);
    }
    return text;
}

} // namespace

Task<Empty> AgentService::create_sandbox(grpc::CreateSandboxRequest request) {
    if (request.kernel_modules_size() != 0)
        co_return fail(Code::unimplemented, "the guest kernel has no modules to load");
    if (!request.guest_hook_path().empty())
        co_return fail(Code::unimplemented, "the guest has no folder '{}' of hooks",
                       request.guest_hook_path());
    co_return empty_answer(co_await sandbox_.create(sandbox_request_from(request)));
}

Task<Empty> AgentService::destroy_sandbox(grpc::DestroySandboxRequest) {
    auto destroyed = co_await sandbox_.destroy();
    on_destroyed_();
    co_return empty_answer(std::move(destroyed));
}

Task<grpc::GuestDetailsResponse> AgentService::get_guest_details(grpc::GuestDetailsRequest request) {
    grpc::GuestDetailsResponse response;
    if (request.mem_block_size()) response.set_mem_block_size_bytes(sandbox::memory_block_size());
    if (request.mem_hotplug_probe()) response.set_support_mem_hotplug_probe(sandbox::can_probe_memory());
    auto& details = *response.mutable_agent_details();
    details.set_version(REDOUBT_VERSION);
    details.set_init_daemon(::getpid() == 1);
    for (const auto& driver : mount::storage_drivers()) details.add_storage_handlers(driver);
    for (const auto& driver : sandbox::device_drivers()) details.add_device_handlers(driver);
    details.set_supports_seccomp(true);
    details.add_extra_features("kernel-release=" + sandbox::kernel_release());
    co_return response;
}

Task<Empty> AgentService::reseed_random_dev(grpc::ReseedRandomDevRequest request) {
    co_return empty_answer(sandbox::reseed_random(request.data(), entropy_));
}

Task<Empty> AgentService::set_guest_date_time(grpc::SetGuestDateTimeRequest request) {
    co_return empty_answer(sandbox::set_clock(request.sec(), request.usec()));
}

Task<Empty> AgentService::online_cpu_mem(grpc::OnlineCPUMemRequest request) {
    const sandbox::OnlineRequest wanted{
        .processors = request.nb_cpus(), .is_awaited = request.wait(), .has_memory = !request.cpu_only()};
    co_return empty_answer(co_await sandbox::bring_online(wanted, sandbox_.hotplug_timeout()));
}

Task<Empty> AgentService::mem_hotplug_by_probe(grpc::MemHotplugByProbeRequest request) {
    const auto& addresses = request.memhotplugprobeaddr();
    co_return empty_answer(sandbox::probe_memory({addresses.begin(), addresses.end()}));
}

Task<grpc::Metrics> AgentService::get_metrics(grpc::GetMetricsRequest) {
    grpc::Metrics metrics;
    metrics.set_metrics(sandbox::render_metrics(sandbox::read_proc_texts(), ++scrapes_));
    co_return metrics;
}

Task<grpc::GetDiagnosticDataResponse>
AgentService::get_diagnostic_data(grpc::GetDiagnosticDataRequest request) {
    if (request.log_type() != "termination_log")
        co_return fail(Code::invalid_argument, "log type '{}' is not termination_log",
                       request.log_type().substr(0, 64));
    RDT_CO_TRY(auto text, sandbox_.termination_message(ContainerId(request.container_id())));
    grpc::GetDiagnosticDataResponse response;
    response.set_data(as_utf8(std::move(text)));
    co_return response;
}

/// Without a policy's gate a policy would be taken and not kept, which is worse than none.
Task<Empty> AgentService::set_policy(grpc::SetPolicyRequest) {
    co_return fail(Code::unimplemented,
                   "SetPolicy is not implemented by this agent: it would not enforce a policy");
}

Task<Empty> AgentService::mem_agent_memcg_set(grpc::MemAgentMemcgConfig) {
    co_return fail(Code::unimplemented,
                   "MemAgentMemcgSet is not implemented by this agent: it has no mem-agent");
}

Task<Empty> AgentService::mem_agent_compact_set(grpc::MemAgentCompactConfig) {
    co_return fail(Code::unimplemented,
                   "MemAgentCompactSet is not implemented by this agent: it has no mem-agent");
}

/// Mounts of a shared filesystem that a template's restored copy could have lost: this guest has none.
Task<Empty> AgentService::remove_stale_virtiofs_share_mounts(grpc::RemoveStaleVirtiofsShareMountsRequest) {
    co_return Empty{};
}

} // namespace redoubt::guest::rpc
