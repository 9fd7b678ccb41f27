// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/cli/evidence_verify.hpp"

#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> evidence_verify(const Invocation& invocation) {
    RDT_TRY(const auto document, tee::cli::verify_evidence(std::get<EvidenceVerifyOptions>(invocation.verb)));
    RDT_CHECK(print(tee::cli::render_document(document, invocation.json)));
    return tee::cli::is_accepted(document) ? 0 : 1;
}

} // namespace redoubt::ctl
