// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Certificate chains, link by link, with a claim for each thing that has to hold.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/certificate.hpp"
#include "common/tee/evidence/explanation.hpp"

namespace redoubt::tee {

/// What the simulator writes into the subjects of its certificates, so that nobody takes them for a vendor's.
inline constexpr std::string_view k_simulation_mark = "REDOUBT SIMULATION - NOT A TEE";

/// Who says that a root is to be trusted: this library, the operator, or the operator for a simulator's root.
enum class AnchorClass : std::uint8_t { production, operator_given, simulation };
[[nodiscard]] std::string_view name_of(AnchorClass anchor_class);

/// A root that is trusted. It is recognised by its public key, never by its name.
struct TrustAnchor {
    Certificate root;
    AnchorClass anchor_class = AnchorClass::production;
};

/// An anchor the operator names. One whose subject carries the simulator's mark is of the simulation class,
/// whatever he believes.
[[nodiscard]] TrustAnchor make_operator_anchor(Certificate root);

/// The anchor with this root's public key; null when there is none. Lifetime: into `anchors`.
[[nodiscard]] const TrustAnchor* find_anchor(const std::vector<TrustAnchor>& anchors,
                                             const Certificate& root);

enum class RevocationRule : std::uint8_t {
    required,  ///< no list, no trust
    when_given ///< a list is used when there is one; its absence is shown as unchecked
};

/// What the links of one chain have in common.
struct ChainRules {
    Time at;
    SignatureScheme scheme;           ///< the only one accepted
    std::vector<std::string> handled; ///< critical extensions whose meaning the caller checks
    RevocationRule revocation = RevocationRule::required;
    Stage revocation_stage = Stage::collateral;
    const std::vector<RevocationList>* lists = nullptr;
};

/// Whether `authority` issued `certificate`: name, signature and its scheme, validity, no foreign critical
/// extension, right to issue. Claims: "<name>.issuer", ".signature", ".validity", ".constraints".
bool verify_link(Explanation& explanation, std::string_view name, const Certificate& certificate,
                 const Certificate& authority, const ChainRules& rules);

/// Whether a list of `authority`'s that is fresh and signed does not name `certificate`. Claim:
/// "<name>.revocation".
bool verify_not_revoked(Explanation& explanation, std::string_view name, const Certificate& certificate,
                        const Certificate& authority, const ChainRules& rules);

/// Whether the root is one of the anchors, valid and signed by itself. Claim: "<name>". Gives the anchor, or
/// null.
const TrustAnchor* verify_root(Explanation& explanation, std::string_view name, const Certificate& root,
                               const std::vector<TrustAnchor>& anchors, Time at);

} // namespace redoubt::tee
