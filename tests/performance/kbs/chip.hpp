// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"

namespace redoubt::performance {

/// A secure processor made for the test: it signs one guest's report over whatever that guest asks for.
class Chip {
  public:
    /// `report`: its bytes, signed or not; `certificates`: the host's table. Errors: invalid_argument.
    [[nodiscard]] static Result<Chip> make(const std::string& key_pem, std::string report,
                                           std::string certificates);

    /// Evidence as a guest's attester makes it. Errors: as that; internal.
    [[nodiscard]] Result<boost::json::object> evidence_over(std::string_view report_data) const;

  private:
    Chip(crypto::PrivateKey key, std::string report, std::string certificates)
        : key_(std::move(key)), report_(std::move(report)), certificates_(std::move(certificates)) {}

    crypto::PrivateKey key_;
    std::string report_;
    std::string certificates_;
};

} // namespace redoubt::performance
