// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/value.hpp>

#include "common/tee/sev_snp/verifier.hpp"

namespace redoubt::tee::sev_snp {

/// A report's fields: docs/formats/evidence.md, "report". Parts that depend on the generation need it.
[[nodiscard]] boost::json::object report_json(const Report& report, std::optional<Product> product);
/// A VCEK's or VLEK's extensions by the last parts of their OIDs.
[[nodiscard]] boost::json::object extensions_json(const Endorsement& endorsement);
/// The whole verdict without its explanation.
[[nodiscard]] boost::json::object verdict_json(const Verdict& verdict);

} // namespace redoubt::tee::sev_snp
