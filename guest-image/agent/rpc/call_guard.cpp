// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/call_guard.hpp"

#include "guest-image/policy/message_table.hpp"

namespace redoubt::guest::rpc {
namespace {

constexpr std::string_view k_health = "grpc.Health";

Result<ttrpc::Admission> ask(policy::Gate& gate, const ttrpc::CallContext& call, std::string_view payload) {
    if (call.service == k_health) return ttrpc::Admission::whole;
    const auto request = policy::request_of_call(call.service, call.method);
    if (request.empty())
        return fail(Code::permission_denied, "no policy speaks of {}.{}", call.service, call.method);
    RDT_TRY(const auto admission, gate.admit(request, payload));
    return admission == policy::Admission::redacted ? ttrpc::Admission::redacted : ttrpc::Admission::whole;
}

} // namespace

ttrpc::Guard guard_by(policy::Gate& gate) {
    return [&gate](const ttrpc::CallContext& call, std::string_view payload) {
        return ask(gate, call, payload);
    };
}

} // namespace redoubt::guest::rpc
