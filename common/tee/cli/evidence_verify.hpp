// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "common/base/error.hpp"
#include "common/tee/cli/evidence_options.hpp"
#include "common/tee/evidence/explanation.hpp"

namespace redoubt::tee::cli {

/// Verifies what the options name. The result is docs/formats/evidence.md's document; malformed evidence and
/// malformed certificates are verdicts (REJECT), not errors. Errors: of the command line and of files that
/// cannot be read.
[[nodiscard]] Result<boost::json::object> verify_evidence(const EvidenceOptions& options);
/// Whether the document's verdict is ACCEPT.
[[nodiscard]] bool is_accepted(const boost::json::object& document);
/// The document as text: indented JSON, or lines for people.
[[nodiscard]] std::string render_document(const boost::json::object& document, bool as_json);

/// The frame that all documents have: format, tee, time, verdicts, reasons, claims.
[[nodiscard]] boost::json::object make_document(const EvidenceOptions& options, const std::string& at,
                                                const Explanation& explanation);
/// One failed claim: what was given is malformed.
[[nodiscard]] boost::json::object malformed(const EvidenceOptions& options, const std::string& at,
                                            const Error& error);

/// One TEE's part; the same contract as verify_evidence().
[[nodiscard]] Result<boost::json::object> verify_snp(const EvidenceOptions& options);
[[nodiscard]] Result<boost::json::object> verify_tdx(const EvidenceOptions& options);
[[nodiscard]] Result<boost::json::object> verify_tpm(const EvidenceOptions& options);

} // namespace redoubt::tee::cli
