// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Runs the items of an index (redoubt-tee-conformance/1) through the commands that users have, and counts.

#include <boost/json/value.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/tee/cli/evidence_verify.hpp"

namespace redoubt::tests {

/// One folder of the conformance data, with a scratch folder for edited copies.
class Suite {
  public:
    Suite(std::filesystem::path folder, bool is_verbose);
    Suite(const Suite&) = delete;
    Suite& operator=(const Suite&) = delete;
    ~Suite();

    [[nodiscard]] const boost::json::object& index() const { return index_; }
    [[nodiscard]] const boost::json::array& items() const { return index_.at("items").as_array(); }
    [[nodiscard]] const boost::json::object& item(std::string_view id) const;
    [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }
    [[nodiscard]] std::string bytes(std::string_view name) const;
    /// Writes an edited file and gives its path.
    [[nodiscard]] std::string scratch(const std::string& name, const std::string& content) const;

    /// Runs one case: `judge` gives what is wrong, or nothing.
    void run(const std::string& name, const std::function<std::string()>& judge);
    void skip(const std::string& name, const std::string& why);

    int passed = 0;
    int failed = 0;
    int skipped = 0;

  private:
    std::filesystem::path folder_;
    std::filesystem::path scratch_;
    boost::json::object index_;
    bool is_verbose_;
};

/// What of `expected` is not in `got`; empty when all of it is. Objects may have more members than expected.
[[nodiscard]] std::string difference(const boost::json::value& expected, const boost::json::value& got,
                                     const std::string& place);
/// Verifies, and says what differs: the two verdicts ("ACCEPT", "REJECT", "" for either).
[[nodiscard]] std::string judge_verdicts(const boost::json::object& document, std::string_view crypto,
                                         std::string_view verdict);
/// Whether one of the failed claims is this one; otherwise which ones failed.
[[nodiscard]] std::string judge_refusal(const boost::json::object& document, std::string_view claim);
/// The document, or one with the error.
[[nodiscard]] boost::json::object verify(const tee::cli::EvidenceOptions& options);
/// A text member, or empty.
[[nodiscard]] std::string text_of(const boost::json::object& object, std::string_view key);
/// Applies "report[0x90] ^= 0x01", "quote[48+136] = 3" or "report[0x2A0:0x4A0]=0" to bytes; false for other
/// texts.
[[nodiscard]] bool edit_bytes(std::string_view recipe, std::string& bytes);

void run_snp(Suite& suite);
void run_snp_negatives(Suite& suite);
void run_tdx(Suite& suite);
void run_tdx_negatives(Suite& suite);
void run_tpm(Suite& suite);
void run_tpm_negatives(Suite& suite);
void run_measure(Suite& suite);

} // namespace redoubt::tests
