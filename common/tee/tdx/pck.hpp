// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/tee/evidence/certificate.hpp"

namespace redoubt::tee::tdx {

/// What a PCK certificate says of its platform. Source: Intel SGX PCK certificate and CRL profile 1.5,
/// extension 1.2.840.113741.1.13.1.
struct Pck {
    std::string ppid;
    std::array<std::uint8_t, 16> sgx_components{};
    std::uint16_t pce_svn = 0;
    std::string cpu_svn;
    std::string pce_id;
    std::string fmspc;
    std::uint8_t sgx_type = 0;
    std::optional<std::string> platform_instance_id;
    std::map<std::string, std::uint8_t>
        configuration; ///< "7.1" dynamic platform, "7.2" cached keys, "7.3" SMT
};

inline constexpr auto k_sgx_extension = "1.2.840.113741.1.13.1";

/// Errors: invalid_argument which part is missing, doubled or malformed.
[[nodiscard]] Result<Pck> parse_pck_extension(std::string_view der);
[[nodiscard]] Result<Pck> parse_pck(const Certificate& certificate);

} // namespace redoubt::tee::tdx
