// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/evidence_binding.hpp"

#include "common/crypto/digest.hpp"

namespace redoubt::guest::workload_api {

Result<std::string> evidence_binding(std::string_view container, std::string_view runtime_data) {
    std::string text(k_evidence_domain);
    text.append(1, '\0').append(container).append(1, '\0').append(runtime_data);
    return crypto::raw_digest(text, crypto::HashAlgorithm::sha512);
}

} // namespace redoubt::guest::workload_api
