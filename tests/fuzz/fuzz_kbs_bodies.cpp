// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/attestation/collateral_import.hpp"
#include "services/attestation/init_data.hpp"
#include "services/attestation/release_rule.hpp"
#include "services/attestation/runtime_data.hpp"
#include "services/attestation/verifier/snp_evidence.hpp"
#include "services/attestation/verifier/verifier.hpp"
#include "services/key_broker/tenant.hpp"
#include "services/kms/boot_policy.hpp"
#include "services/reference_values/reference_values.hpp"

namespace {

using namespace redoubt;
using namespace redoubt::services;

/// What lies beside a kernel on a disk that anybody writes to: signatures, and the key they are by.
void read_signatures(std::string_view bytes) {
    static const auto key = crypto::PrivateKey::generate_rsa(2048).value().public_key().value();
    static const auto signer = kms::PolicySigner::parse(key.spki()).value();
    (void)kms::find_signature(bytes, signer, std::string(32, 'x'));
    (void)kms::PolicySigner::parse(bytes);
}

} // namespace

/// Any bytes are refused as what guests and administrators send, or are it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)attestation::parse_init_data(bytes);
    (void)attestation::parse_collateral_import(bytes);
    (void)key_broker::parse_tenant_settings(bytes);
    (void)reference_values::parse_message(bytes, {}, reference_values::Unsigned::accepted, "fuzz", {});
    (void)reference_values::parse_stored("x", bytes);
    read_signatures(bytes);
    const auto document = json::parse("fuzz", bytes);
    if (!document) return 0;
    const auto root = document->root();
    if (const auto runtime_data = attestation::parse_runtime_data(root))
        (void)attestation::binding_digest(*runtime_data, "", crypto::HashAlgorithm::sha384);
    (void)attestation::encode_snp_report(root["attestation_report"]);
    tee::sev_snp::Endorsements endorsements;
    (void)attestation::add_snp_chain(root["cert_chain"], endorsements);
    (void)attestation::parse_facts(root);
    const attestation::Collateral collateral;
    const attestation::Expectations expected{
        .report_data = std::string(48, 'x'), .init_data = std::string(32, 'y'), .at = {}};
    for (const auto verify :
         {&attestation::verify_sev_snp, &attestation::verify_tdx, &attestation::verify_tpm,
          &attestation::verify_az_snp_vtpm, &attestation::verify_az_tdx_vtpm})
        (void)verify(root, collateral, expected);
    return 0;
}
