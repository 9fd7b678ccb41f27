// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/tee/evidence/certificate.hpp"
#include "common/tee/evidence/chain.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::tee::sev_snp {

enum class EndorsementKind : std::uint8_t { vcek, vlek };

/// What a VCEK or VLEK certificate says about the chip and its firmware. Read from the certificate's
/// extensions, so worth what the certificate is worth. Source: AMD 57230 (VCEK certificate and KDS
/// interface), extensions below 1.3.6.1.4.1.3704.1.
struct Endorsement {
    EndorsementKind kind = EndorsementKind::vcek;
    std::uint32_t struct_version = 0;
    std::string product_name; ///< "Milan-B0", "Genoa", "Turin"
    Product product = Product::milan;
    /// Security versions by the last parts of their OID: "3.1" boot loader, "3.2" TEE, "3.3" SNP, "3.4" to
    /// "3.7" reserved, "3.8" microcode, "3.9" FMC.
    std::map<std::string, std::uint8_t> versions;
    std::string hwid;                  ///< VCEK: 64 bytes, 8 for Turin
    std::optional<std::string> csp_id; ///< VLEK: who operates the platform
};

/// Errors: invalid_argument which extension is missing, malformed or contradicts the subject.
[[nodiscard]] Result<Endorsement> parse_endorsement(const Certificate& leaf);

/// How the endorsement disagrees with a TCB; empty when it does not.
[[nodiscard]] std::string tcb_disagreement(const Endorsement& endorsement, const TcbVersion& tcb);

/// AMD's roots and the intermediates below them, which a host need not send.
struct AmdAuthorities {
    std::vector<TrustAnchor> anchors;       ///< ARK of each generation
    std::vector<Certificate> intermediates; ///< ASK and ASVK of each generation
};
/// The ones built in, class production. Errors: internal, which would be a mistake in this library.
[[nodiscard]] Result<AmdAuthorities> production_authorities();

} // namespace redoubt::tee::sev_snp
