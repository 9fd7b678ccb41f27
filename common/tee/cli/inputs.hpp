// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Files and flags of the commands as the values verifiers take.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/cli/evidence_options.hpp"
#include "common/tee/evidence/chain.hpp"

namespace redoubt::tee::cli {

/// Certificates and revocation lists of files and folders.
struct Pool {
    std::vector<Certificate> certificates;
    std::vector<RevocationList> revocation_lists;
};

/// Reads certificates (DER, PEM bundles), revocation lists and SNP certificate tables. Of a folder, files
/// whose names end in .pem, .der, .crt, .cer or .crl count. Limits: 64 files. Errors: not_found;
/// invalid_argument what is neither.
[[nodiscard]] Result<Pool> load_pool(const std::vector<std::string>& paths);
/// Adds the certificates or lists in one file's bytes.
[[nodiscard]] Status add_to_pool(Pool& pool, std::string_view bytes);
/// Roots the operator trusts, from files.
[[nodiscard]] Result<std::vector<TrustAnchor>> load_anchors(const std::vector<std::string>& paths);
/// The time to verify at: what was typed, or now.
[[nodiscard]] Result<Time> time_of(const EvidenceOptions& options);
/// Raw bytes of each hex text. Errors: invalid_argument naming the flag, also for lengths other than `size`
/// (0: any).
[[nodiscard]] Result<std::vector<std::string>>
read_hex_list(std::string_view flag, const std::vector<std::string>& texts, std::size_t size);
[[nodiscard]] Result<std::string> read_hex(std::string_view flag, const std::string& text);
/// A number, decimal or 0x hex.
[[nodiscard]] Result<std::uint64_t> read_number(std::string_view flag, std::string_view text);
/// "a,b,c" in pieces; empty pieces are dropped.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

} // namespace redoubt::tee::cli
