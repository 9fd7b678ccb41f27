// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/jose/jwk.hpp"
#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::reference_values {

using tee::Time;

/// What a tenant expects of a guest, by name ("snp_launch_measurement"): mostly a list of values that are all
/// right. It ends at a time; what ended is as if it were not there.
struct ReferenceValue {
    std::string id;
    boost::json::value value;
    Time expires;
    std::string source; ///< who said so: "admin:alice", "signed by <thumbprint>"
};

/// How long a value lives that does not say: Trustee's twelve months.
inline constexpr std::chrono::days k_default_lifetime{365};
/// A key that signs a tenant's reference values.
using Signers = std::vector<crypto::PublicKey>;

/// Whether a tenant takes values that only an administrator's word stands behind.
enum class Unsigned : std::uint8_t { accepted, refused };

/// Takes a message {"version":"0.1.0","type":T,"payload":base64} apart. T "sample": a JSON object of names
/// and values. T "jws": a compact JWS by one of the signers, of {"reference_values":{...},"expires":"TIME",
/// "issued":"TIME"}. T "corim": corim.hpp. Errors: invalid_argument; permission_denied not signed, or by
/// another; unimplemented swid, and parts of corim.
[[nodiscard]] Result<std::vector<ReferenceValue>> parse_message(std::string_view text, const Signers& signers,
                                                                Unsigned rule, std::string_view author,
                                                                Time now);

/// Whether it can be the name of a reference value: 1 to 256 characters of visible ASCII but " and \.
/// Errors: invalid_argument.
Status check_id(std::string_view id);

/// As the store keeps one, and back.
[[nodiscard]] std::string render_stored(const ReferenceValue& value);
[[nodiscard]] Result<ReferenceValue> parse_stored(std::string id, std::string_view text);

/// A tenant's values.
class ReferenceValues {
  public:
    void add(ReferenceValue value) { values_.insert_or_assign(value.id, std::move(value)); }

    /// Null when there is none of that name, or it has ended.
    [[nodiscard]] const ReferenceValue* find(std::string_view id, Time now) const;
    /// Whether the value is the text, or is a list with the text in it. Case of hex letters does not count.
    [[nodiscard]] bool lists(std::string_view id, std::string_view text, Time now) const;
    /// Names that begin so and have not ended.
    [[nodiscard]] std::vector<std::string> names(std::string_view prefix, Time now) const;
    [[nodiscard]] const std::map<std::string, ReferenceValue, std::less<>>& all() const { return values_; }

  private:
    std::map<std::string, ReferenceValue, std::less<>> values_;
};

} // namespace redoubt::services::reference_values
