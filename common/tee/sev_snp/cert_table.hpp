// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/tee/evidence/certificate.hpp"

namespace redoubt::tee::sev_snp {

/// One certificate of a table. The host wrote it: it is a hint, nothing more.
struct CertTableEntry {
    std::string guid;
    std::string name; ///< ARK, ASK, VCEK, VLEK, CRL; empty for GUIDs that are not known
    std::string bytes;
};

/// The table behind an extended report (GHCB MSG_REPORT_REQ, configfs auxblob). Limits: 32 entries, 1 MiB.
/// Errors: invalid_argument a table without end, or an entry outside the bytes or inside the table itself.
[[nodiscard]] Result<std::vector<CertTableEntry>> parse_cert_table(std::string_view bytes);

/// Whether the bytes begin as a table whose first entry is a known one.
[[nodiscard]] bool looks_like_cert_table(std::string_view bytes);

} // namespace redoubt::tee::sev_snp
