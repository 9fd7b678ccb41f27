// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Verification of SEV-SNP evidence: from bytes to what may be believed, and why. No I/O, no clock of its
/// own, and no notion of simulation but the class of the anchor a chain ends at.

#include <optional>
#include <string>
#include <vector>

#include "common/tee/evidence/chain.hpp"
#include "common/tee/evidence/explanation.hpp"
#include "common/tee/sev_snp/endorsement.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::tee::sev_snp {

/// The least a TCB has to be; unset parts are not bounded.
struct TcbFloor {
    std::optional<std::uint8_t> fmc;
    std::optional<std::uint8_t> bootloader;
    std::optional<std::uint8_t> tee;
    std::optional<std::uint8_t> snp;
    std::optional<std::uint8_t> microcode;
};

/// What the caller wants of a report. The defaults refuse whatever weakens a guest; an empty list means that
/// the value is not looked at.
struct Policy {
    std::optional<Product> product;
    bool allows_debug = false;
    bool allows_migration_agent = false;
    bool allows_smt = true;
    bool allows_vlek = false;
    std::vector<std::string> csp_ids; ///< of VLEKs
    std::optional<std::uint32_t> vmpl = 0;
    bool allows_simulation = false;
    TcbFloor reported_floor;
    TcbFloor committed_floor;
    std::optional<FirmwareVersion> committed_version_floor;
    std::uint32_t guest_svn_floor = 0;
    std::uint64_t platform_info_required = 0;  ///< bits that must be one
    std::uint64_t platform_info_forbidden = 0; ///< bits that must be zero
    std::vector<std::string> measurements;     ///< raw; any of them
    std::vector<std::string> host_data;
    std::vector<std::string> id_key_digests;
    std::vector<std::string> author_key_digests;
    std::vector<std::string> family_ids;
    std::vector<std::string> image_ids;
    std::optional<std::string> report_data; ///< raw, up to 64 bytes; shorter ones are padded with zeros
    RevocationRule revocation = RevocationRule::required;
};

/// Certificates and lists that came with the evidence or from a cache. What they say is checked.
struct Endorsements {
    std::vector<Certificate> certificates;
    std::vector<RevocationList> revocation_lists;
};

/// A report that passed every check. Only verify_report() makes one.
class VerifiedReport {
  public:
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] Product product() const { return product_; }
    [[nodiscard]] AnchorClass anchor_class() const { return anchor_class_; }

  private:
    friend struct VerdictMaker;
    VerifiedReport(Report report, Product product, AnchorClass anchor_class)
        : report_(std::move(report)), product_(product), anchor_class_(anchor_class) {}
    Report report_;
    Product product_;
    AnchorClass anchor_class_;
};

/// What came of a verification. Everything but `verified` is for showing; what is acted on is `verified`.
struct Verdict {
    Explanation explanation;
    std::optional<Report> report;
    std::optional<Product> product;
    std::optional<Endorsement> endorsement;
    std::optional<Certificate> leaf;
    std::vector<std::string> chain; ///< common names, leaf first
    std::optional<AnchorClass> anchor_class;
    std::optional<VerifiedReport> verified;
};

/// Verifies a report: form, chain to an anchor, what the certificate says of chip and TCB, signature,
/// reserved fields, then the policy. Claims are docs/formats/evidence.md's.
[[nodiscard]] Verdict verify_report(std::string_view report, const Endorsements& endorsements,
                                    const AmdAuthorities& authorities, const Policy& policy, Time at);

/// Verifies a VCEK or VLEK alone: its chain and its form.
[[nodiscard]] Verdict verify_endorsement(const Endorsements& endorsements, const AmdAuthorities& authorities,
                                         const Policy& policy, Time at);

} // namespace redoubt::tee::sev_snp
