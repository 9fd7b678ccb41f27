// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Verification of TDX quotes: what the quote proves, what Intel's collateral says of the platform, what the
/// caller wants. No I/O, no clock of its own, and no notion of simulation but the class of the anchor a chain
/// ends at.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/tee/event_log/event_log.hpp"
#include "common/tee/evidence/chain.hpp"
#include "common/tee/evidence/explanation.hpp"
#include "common/tee/tdx/pck.hpp"
#include "common/tee/tdx/quote.hpp"
#include "common/tee/tdx/tcb_info.hpp"

namespace redoubt::tee::tdx {

/// TD attribute bits. Source: Intel TDX module ABI, TD_ATTRIBUTES.
inline constexpr std::uint64_t k_attribute_debug = 1;
inline constexpr std::uint64_t k_attribute_sept_ve_disable = std::uint64_t{1} << 28U;
inline constexpr std::uint64_t k_attribute_migratable = std::uint64_t{1} << 29U;

/// What the caller wants. The defaults refuse whatever weakens a guest; empty lists are not looked at.
struct Policy {
    bool allows_debug = false;
    bool allows_migration = false;
    bool allows_simulation = false;
    std::vector<TcbStatus> statuses;     ///< accepted beside UpToDate; Revoked never is
    std::vector<std::string> advisories; ///< the only ones accepted with such a status
    std::uint32_t evaluation_number_floor = 0;
    std::vector<std::string> mr_td; ///< raw; any of them
    std::vector<std::string> mr_config_id;
    std::map<std::string, std::string> registers; ///< "rtmr0", "mrowner", "mrseam"...: raw value
    std::optional<std::string> report_data;       ///< raw, up to 64 bytes; shorter ones are padded with zeros
};

/// Intel's statements, as fetched or from a bundle. Nothing of it is trusted before its signature.
struct Collateral {
    std::optional<SignedDocument> tcb_info;
    std::optional<SignedDocument> qe_identity;
    std::vector<Certificate>
        certificates; ///< issuer chains; also a PCK chain where the quote has none in PEM
    std::vector<RevocationList> revocation_lists;
};

/// What the collateral says of a platform.
struct TcbEvaluation {
    std::optional<TcbLevel> platform; ///< none: no level fits
    std::optional<SvnLevel> module_level;
    std::string module_id;
    bool module_signer_matches = false;
    std::optional<SvnLevel> qe_level;
    std::optional<TcbStatus> overall; ///< none: not supported
    std::vector<std::string> advisories;
};

/// A quote that passed every check. Only verify_quote() makes one.
class VerifiedQuote {
  public:
    [[nodiscard]] const Quote& quote() const { return quote_; }
    [[nodiscard]] AnchorClass anchor_class() const { return anchor_class_; }
    [[nodiscard]] const TcbEvaluation& tcb() const { return tcb_; }

  private:
    friend struct QuoteVerdictMaker;
    VerifiedQuote(Quote quote, AnchorClass anchor_class, TcbEvaluation tcb)
        : quote_(std::move(quote)), anchor_class_(anchor_class), tcb_(std::move(tcb)) {}
    Quote quote_;
    AnchorClass anchor_class_;
    TcbEvaluation tcb_;
};

struct Verdict {
    Explanation explanation;
    std::optional<Quote> quote;
    std::vector<Certificate> chain; ///< PCK certificate first
    std::optional<Pck> pck;
    std::optional<TcbInfo> tcb_info;
    std::optional<EnclaveIdentity> qe_identity;
    std::optional<TcbEvaluation> tcb;
    std::optional<AnchorClass> anchor_class;
    std::optional<VerifiedQuote> verified;
};

/// Intel's root, class production. Errors: internal.
[[nodiscard]] Result<std::vector<TrustAnchor>> production_anchors();

/// Verifies a quote. A log has to explain RTMR0 to 3 when it is given. Claims are docs/formats/evidence.md's.
[[nodiscard]] Verdict verify_quote(std::string_view quote, const Collateral& collateral,
                                   const std::vector<TrustAnchor>& anchors, const Policy& policy, Time at,
                                   const EventLog* log = nullptr);

/// Evaluates a platform by collateral that is already believed. `td` is null for SGX.
[[nodiscard]] TcbEvaluation evaluate_tcb(const TcbInfo& info, const Pck& pck, const TdReport* td,
                                         const EnclaveIdentity* identity, const EnclaveReport* qe);

} // namespace redoubt::tee::tdx
