// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Why a verdict is what it is: each thing that was looked at, what was expected, what was found, and where
/// both come from. docs/formats/evidence.md is the form of it as JSON.

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::tee {

/// What a claim is about. format and crypto: is this what the hardware said? collateral: does the vendor
/// still stand by that hardware? policy: is it what the caller wants?
enum class Stage : std::uint8_t { format, crypto, collateral, policy };
enum class Finding : std::uint8_t { passed, failed, unchecked };

struct Claim {
    std::string name; ///< stable, dotted: "report.signature"
    Stage stage = Stage::format;
    Finding finding = Finding::failed;
    std::string expected;
    std::string got;
    std::string source; ///< where the expectation comes from
};

[[nodiscard]] std::string_view name_of(Stage stage);
[[nodiscard]] std::string_view name_of(Finding finding);

/// The claims of one verification, in the order they were looked at. Nothing looked at means not accepted.
class Explanation {
  public:
    /// Notes what was found; gives back whether it passed.
    bool check(Stage stage, std::string_view name, bool has_passed, std::string_view expected,
               std::string_view got, std::string_view source);
    /// Notes that something was not looked at, and why.
    void skip(Stage stage, std::string_view name, std::string_view expected, std::string_view reason);

    [[nodiscard]] const std::vector<Claim>& claims() const { return claims_; }
    /// Whether something of this stage, or of a stage before it, failed; or nothing was looked at.
    [[nodiscard]] bool has_failed(Stage up_to) const;
    [[nodiscard]] bool is_accepted() const { return !has_failed(Stage::policy); }
    /// The claims that failed.
    [[nodiscard]] std::vector<const Claim*> failures() const;
    [[nodiscard]] boost::json::value json() const;

  private:
    std::vector<Claim> claims_;
};

} // namespace redoubt::tee
