// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::workload_api {

/// What stands in front of everything a container's evidence is over.
inline constexpr std::string_view k_evidence_domain = "org.redoubt.workload-evidence.v1";

/// The 64 bytes that evidence for a container is over: SHA-512 of domain, NUL, container's id, NUL, runtime
/// data. A key broker's binding is the digest of a JSON text, which begins with '{': no container can have
/// evidence made that opens a broker's session, whatever it asks for. Errors: internal.
/// Source: docs/formats/workload-api.md.
[[nodiscard]] Result<std::string> evidence_binding(std::string_view container, std::string_view runtime_data);

} // namespace redoubt::guest::workload_api
