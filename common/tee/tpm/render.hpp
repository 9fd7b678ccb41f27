// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include "common/tee/tpm/verifier.hpp"

namespace redoubt::tee::tpm {

/// docs/formats/evidence.md, "attest" and "ak".
[[nodiscard]] boost::json::object attest_json(const Attest& attest);
[[nodiscard]] boost::json::object public_json(const PublicArea& area);

} // namespace redoubt::tee::tpm
