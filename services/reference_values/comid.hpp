// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Reference values of a CoMID, the part of a CoRIM that speaks of measurements: its reference triples. What
/// narrows a triple and cannot be kept beside a name and its values is refused, not left out. Source:
/// draft-ietf-rats-corim-10.

#include <boost/json/array.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/encoding/cbor.hpp"

namespace redoubt::services::reference_values {

/// How a triple becomes a name: by_class "VENDOR/MODEL/KEY/digests", as Trustee names it; by_key "KEY", for
/// the names that this attestation service goes by.
enum class Naming : std::uint8_t { by_class, by_key };

/// Values under the names they are for, in the order they came. A name belongs to one class.
class ValueCollector {
  public:
    /// Errors: invalid_argument the name is another class's as well; resource_exhausted too many.
    Status add(const cbor::Node& at, std::string id, std::string_view origin, boost::json::value value);
    [[nodiscard]] std::vector<std::pair<std::string, boost::json::array>> take();

  private:
    struct Entry {
        std::string origin;
        boost::json::array values;
    };
    std::map<std::string, Entry, std::less<>> entries_;
    std::vector<std::string> order_;
};

/// Reads a concise-mid-tag. Errors: invalid_argument, naming the byte; unimplemented what is of the format
/// and cannot be kept.
Status read_comid(const cbor::Node& comid, Naming naming, ValueCollector& values);

/// Errors: invalid_argument not a map; unimplemented a key that is none of these.
Status expect_keys(const cbor::Node& map, std::initializer_list<std::int64_t> keys);

} // namespace redoubt::services::reference_values
