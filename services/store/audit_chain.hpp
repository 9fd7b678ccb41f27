// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What becomes a record of the audit log. Pure; common/audit has the chain, and who checks it.

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/audit/chain.hpp"
#include "common/audit/record.hpp"
#include "common/base/error.hpp"

namespace redoubt::services::store {

using AuditEntry = audit::Entry;

/// Of what the service did by itself, or was told to by its own commands.
[[nodiscard]] AuditEntry system_entry(std::string operation, std::string object,
                                      boost::json::object facts = {});

using audit::hash_record;
using audit::k_first_hash;
using audit::render_record;
using AuditVerifier = audit::ChainVerifier;

} // namespace redoubt::services::store
