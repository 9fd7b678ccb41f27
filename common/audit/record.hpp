// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::audit {

/// What is noted of one event. Never a secret, not even hashed.
struct Entry {
    std::string tenant;
    std::string actor;         ///< "guest", "admin:alice", "system", "client:alice"
    std::string peer;          ///< address
    std::string operation;     ///< "release", "attest", "resource.put", "Node.StopContainer"
    std::string object;        ///< "resource/repo/type/tag"
    std::string decision;      ///< "allowed", "refused"
    std::string reason;        ///< of a refusal; empty otherwise
    boost::json::object facts; ///< digests of evidence, token and policy; versions
};

/// A record as its line, without line break. Pure. Errors: internal.
[[nodiscard]] Result<std::string> render_record(const Entry& entry, std::int64_t sequence,
                                                std::string_view time, std::string_view previous_hash);

} // namespace redoubt::audit
