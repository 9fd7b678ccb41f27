// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/store/audit_chain.hpp"

namespace redoubt::services::store {

namespace bj = boost::json;

AuditEntry system_entry(std::string operation, std::string object, bj::object facts) {
    return {.tenant = {},
            .actor = "system",
            .peer = {},
            .operation = std::move(operation),
            .object = std::move(object),
            .decision = "allowed",
            .reason = {},
            .facts = std::move(facts)};
}

} // namespace redoubt::services::store
