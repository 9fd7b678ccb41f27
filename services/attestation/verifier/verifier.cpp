// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/verifier.hpp"

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::services::attestation {

std::string fit(std::string_view digest, std::size_t size) {
    std::string field(digest.substr(0, size));
    field.resize(size, '\0');
    return field;
}

Result<std::string> base64_member(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text).transform_error(context("{}", node.path()));
}

Result<std::string> base64url_member(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text, encoding::Base64::url).transform_error(context("{}", node.path()));
}

Result<std::string> hex_member(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_hex(text).transform_error(context("{}", node.path()));
}

std::string check_init_data(tee::Explanation& explanation, Claims& claims, std::string_view field,
                            const Expectations& expected) {
    const bool is_bound = !tee::is_zero(field);
    claims.init_data = is_bound ? encoding::to_hex(field) : std::string();
    if (expected.init_data.empty()) {
        explanation.skip(tee::Stage::policy, "init_data", "", "no init data came with the evidence");
        return claims.init_data;
    }
    const auto wanted = fit(expected.init_data, field.size());
    explanation.check(tee::Stage::policy, "init_data", tee::equal_in_constant_time(field, wanted),
                      encoding::to_hex(wanted), encoding::to_hex(field),
                      "digest of the init data sent along");
    return claims.init_data;
}

} // namespace redoubt::services::attestation
