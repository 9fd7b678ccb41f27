// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "common/tee/tdx/verifier.hpp"

namespace redoubt::tee::tdx {

/// A TD report's fields, hex: docs/formats/evidence.md, "quote.body".
[[nodiscard]] boost::json::object body_json(const TdReport& td);
/// The whole verdict without its explanation: "quote", "tcb".
[[nodiscard]] boost::json::object verdict_json(const Verdict& verdict);

} // namespace redoubt::tee::tdx
