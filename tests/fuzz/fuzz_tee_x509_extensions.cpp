// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/tee/evidence/der.hpp"
#include "common/tee/sev_snp/endorsement.hpp"
#include "common/tee/tdx/pck.hpp"

/// Any bytes are refused or read: as the PCK's extension, as a certificate with one of AMD's or Intel's, as a
/// list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::tee;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)tdx::parse_pck_extension(bytes);
    (void)oid_text(bytes);
    (void)small_number(bytes);
    const auto certificates = Certificate::parse_all(bytes);
    if (certificates)
        for (const auto& certificate : *certificates) {
            (void)certificate.subject();
            (void)certificate.serial();
            (void)certificate.has_unknown_critical();
            (void)sev_snp::parse_endorsement(certificate);
            (void)tdx::parse_pck(certificate);
        }
    (void)RevocationList::parse(bytes);
    return 0;
}
