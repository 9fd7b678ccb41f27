// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "services/reference_values/reference_values.hpp"

namespace redoubt::services::attestation {

using reference_values::ReferenceValues;
using tee::Time;

/// What an appraisal comes to. Source: draft-ietf-rats-ear, draft-ietf-rats-ar4si.
struct Appraisal {
    std::string status; ///< none, affirming, warning, contraindicated: the worst of the vector
    std::map<std::string, int> vector;
    boost::json::object extensions; ///< further claims of the policy, by name
};

/// A tenant's appraisal policy, compiled. It sees evidence as `input` and reference values by
/// query_reference_value(NAME). Thread: one at a time.
class Appraiser {
  public:
    /// Errors: invalid_argument every complaint of the compiler.
    static Result<Appraiser> compile(std::string_view policy);

    /// Errors: failed_precondition the policy gives no trust claims, a claim that is not known or no number,
    /// or reaches a limit. None of these is an appraisal.
    [[nodiscard]] Result<Appraisal> appraise(const boost::json::object& input, const ReferenceValues& values,
                                             Time now) const;

  private:
    struct Compiled;
    explicit Appraiser(std::shared_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
    // Shared by copies of this value and by the functions the policy calls.
    std::shared_ptr<Compiled> compiled_;
};

/// The status that a claim's tier means.
[[nodiscard]] std::string_view status_of(int claim);

} // namespace redoubt::services::attestation
