// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/performance/kbs/chip.hpp"

#include "common/tee/sev_snp/report.hpp"
#include "guest-image/attester/sev_snp/snp_evidence.hpp"

namespace redoubt::performance {
namespace {

namespace snp = tee::sev_snp;

constexpr std::size_t k_report_data_at = 0x50;
constexpr std::size_t k_signature_at = 0x2A0;
constexpr std::size_t k_number_size = 72; ///< of r and of s, little endian
constexpr std::size_t k_coordinate = 48;

} // namespace

Result<Chip> Chip::make(const std::string& key_pem, std::string report, std::string certificates) {
    RDT_TRY(auto key, crypto::PrivateKey::parse_pem(key_pem));
    RDT_CHECK(snp::parse_report(report));
    return Chip(std::move(key), std::move(report), std::move(certificates));
}

Result<boost::json::object> Chip::evidence_over(std::string_view report_data) const {
    auto report = report_;
    std::string field(report_data);
    field.resize(guest::attester::k_report_data_size, '\0');
    report.replace(k_report_data_at, field.size(), field);
    RDT_TRY(const auto signature, key_.sign_ecdsa(crypto::HashAlgorithm::sha384,
                                                  std::string_view(report).substr(0, snp::k_signed_size)));
    for (std::size_t number = 0; number < 2; ++number) {
        const auto value = std::string_view(signature).substr(number * k_coordinate, k_coordinate);
        const std::string little_endian(value.rbegin(), value.rend());
        report.replace(k_signature_at + number * k_number_size, k_coordinate, little_endian);
    }
    RDT_TRY(auto evidence,
            guest::attester::sev_snp::read_snp_evidence({"sev_guest", std::move(report), certificates_}));
    return std::move(evidence.json);
}

} // namespace redoubt::performance
