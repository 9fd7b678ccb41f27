// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a host may send to the policy's gate: the first byte chooses the message, the rest is its bytes. What
// is taken for a request must be JSON, and protobuf must take it as well: what is decided on is what is done.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent.pb.h"
#include "common/rego/value/json.hpp"
#include "guest-image/policy/message_table.hpp"
#include "guest-image/policy/request_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt;
    if (size == 0) return 0;
    const auto katas = guest::policy::all_requests();
    const auto ours = guest::policy::own_requests();
    const std::size_t number = data[0] % (katas.size() + ours.size());
    const auto name = (number < katas.size() ? katas[number] : ours[number - katas.size()])->name;
    const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto json = guest::policy::request_json(name, payload);
    if (!json) return 0;
    rego::Arena arena;
    if (!rego::parse_json(arena, *json)) std::abort();
    ::grpc::CreateContainerRequest create;
    if (name == "CreateContainerRequest" &&
        !create.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
        std::abort();
    return 0;
}
