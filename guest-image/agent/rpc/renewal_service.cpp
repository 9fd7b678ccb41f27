// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/renewal_service.hpp"

#include <utility>

#include "guest-image/agent/network/guest_network.hpp"
#include "guest-image/agent/rpc/requests_from_proto.hpp"
#include "guest-image/agent/sandbox/guest_upkeep.hpp"
#include "renewal.pb.h"

namespace redoubt::guest::rpc {
namespace {

namespace pb = redoubt::agent::v1;

constexpr const char* k_service = "redoubt.agent.v1.Renewal";
constexpr std::size_t k_least_seed = 32; // what the kernel's generator is keyed with
constexpr std::size_t k_most_seed = 256;
constexpr std::uint32_t k_nanoseconds_a_microsecond = 1000;

Task<pb::RenewResponse> renew(const sandbox::Sandbox& sandbox, pb::RenewRequest request) {
    // Containers would have seen what comes to an end here.
    if (sandbox.is_created()) co_return fail(Code::failed_precondition, "the sandbox exists already");
    const auto seed_size = request.seed().size();
    if (seed_size < k_least_seed || seed_size > k_most_seed)
        co_return fail(Code::invalid_argument, "a clone's seed has {} to {} bytes, not {}", k_least_seed,
                       k_most_seed, seed_size);
    RDT_CO_CHECK(sandbox::reseed_random(request.seed(), sandbox::HostEntropy::credited));
    RDT_CO_CHECK(sandbox::set_clock(request.seconds(), request.nanoseconds() / k_nanoseconds_a_microsecond));
    for (const auto& interface : request.interfaces())
        RDT_CO_CHECK(network::change_mac(interface.template_mac(), interface.mac()));
    co_return pb::RenewResponse();
}

Task<pb::RehearseResponse> rehearse(sandbox::Sandbox& sandbox, pb::RehearseRequest request) {
    grpc::CreateContainerRequest wanted;
    if (!wanted.ParseFromString(request.container()))
        co_return fail(Code::invalid_argument, "'container' is no CreateContainerRequest");
    RDT_CO_TRY(auto container, container_request_from(wanted));
    RDT_CO_CHECK(co_await sandbox.rehearse(std::move(container)));
    for (const auto& mac : request.template_macs()) RDT_CO_CHECK(network::rehearse(mac));
    co_return pb::RehearseResponse();
}

} // namespace

void add_renewal_calls(ttrpc::Server& server, sandbox::Sandbox& sandbox) {
    server.add_message<pb::RenewRequest, pb::RenewResponse>(
        k_service, "Renew", [&sandbox](pb::RenewRequest request, const ttrpc::CallContext&) {
            return renew(sandbox, std::move(request));
        });
    server.add_message<pb::RehearseRequest, pb::RehearseResponse>(
        k_service, "Rehearse", [&sandbox](pb::RehearseRequest request, const ttrpc::CallContext&) {
            return rehearse(sandbox, std::move(request));
        });
}

} // namespace redoubt::guest::rpc
