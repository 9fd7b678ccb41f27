// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a container asks of the workload API, out of the words of its HTTP request. Pure.
/// Source: Confidential Containers, api-server-rest; docs/formats/workload-api.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/server.hpp"
#include "common/tee/event_log/runtime_events.hpp"

namespace redoubt::guest::workload_api {

enum class Subject : std::uint8_t {
    resource,            ///< GET /cdh/resource/REPOSITORY/TYPE/TAG
    token,               ///< GET /aa/token?token_type=kbs
    evidence,            ///< GET /aa/evidence?runtime_data=TEXT[&encoding=base64]
    additional_evidence, ///< GET /aa/additional-evidence?..., of devices
    event,               ///< POST /aa/aael
    info,                ///< GET /info
};

/// As policies call it: "resource", "token", "evidence", "event", "info".
[[nodiscard]] std::string_view name_of(Subject subject);

struct ApiRequest {
    Subject subject = Subject::info;
    std::string resource;     ///< "repository/type/tag"
    std::string runtime_data; ///< bytes the evidence is over
    tee::RuntimeEvent event = {};
};

/// Errors: permission_denied a request that somebody has passed on, or that is for another host's name;
/// not_found no such path; unimplemented another method or kind of token; invalid_argument what is wrong in
/// the words; resource_exhausted more runtime data than k_max_runtime_data.
[[nodiscard]] Result<ApiRequest> read_request(const http::ServerRequest& request);

/// Bytes of runtime data that evidence may be over.
inline constexpr std::size_t k_max_runtime_data = 4096;

/// The request as a policy's input. `container`: its id, `name`: what its pod calls it.
[[nodiscard]] std::string policy_input(const ApiRequest& request, const http::ServerRequest& words,
                                       const std::string& container, const std::string& name);

} // namespace redoubt::guest::workload_api
