// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What is fetched from where: the addresses of AMD's key distribution service and of Intel's provisioning
/// certification service. Pure; which hosts they are, and whether any is asked, the configuration says.
/// Source: AMD 57230 (VCEK certificate and KDS interface), Intel PCS API v4.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "services/attestation/verifier/chip.hpp"

namespace redoubt::services::vendors {

/// The configuration's part, checked.
struct FetchSettings {
    std::string amd_url; ///< "https://host", without a slash at the end; empty: nothing of AMD's
    std::vector<tee::sev_snp::Product> amd_products;
    bool fetches_vceks = false;
    double vceks_per_minute = 6;
    std::string intel_url;                    ///< the same of Intel's
    std::vector<std::string> intel_platforms; ///< FMSPCs: 12 lower-case hex digits
    std::string intel_root_list;              ///< address of the root's list; empty: as caches have it
    std::string authorities;                  ///< PEM; empty: the system's
    std::chrono::seconds refresh{};           ///< at the latest
    std::chrono::seconds retry{};             ///< after the first failure
    std::chrono::milliseconds timeout{};      ///< for one answer
    std::uint64_t answer_bytes = 0;           ///< at most

    [[nodiscard]] bool fetches_something() const { return !amd_url.empty() || !intel_url.empty(); }
};

/// What an answer is.
enum class Form : std::uint8_t { amd_list, amd_chain, tcb_info, qe_identity, intel_list, intel_root_list };

/// One address, and where what it answers belongs.
struct Target {
    std::string url;
    Form form = Form::amd_list;
    std::vector<std::string> places; ///< "snp", "tdx/FAMILY"
    std::string stem;                ///< of the files' names
};
/// "certificate", "revocation-list", "tcb-info", "qe-identity".
[[nodiscard]] std::string_view kind_of(Form form);

[[nodiscard]] std::vector<Target> targets_of(const FetchSettings& settings);
/// The VCEK of one chip with one firmware.
[[nodiscard]] std::string vcek_url(std::string_view amd_url, const attestation::Chip& chip);

/// A base address as settings have it. Errors: invalid_argument it is not https, or has more than host, port
/// and a path.
[[nodiscard]] Result<std::string> parse_base_url(std::string_view text);
/// An FMSPC in lower case. Errors: invalid_argument.
[[nodiscard]] Result<std::string> parse_platform(std::string_view text);

} // namespace redoubt::services::vendors
