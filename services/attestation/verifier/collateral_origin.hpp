// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where each statement of a vendor came from, and when: for showing, and for who fetches it again. It says
/// nothing of what a statement is worth.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/tee/evidence/certificate.hpp"
#include "common/tee/tdx/tcb_info.hpp"

namespace redoubt::services::attestation {

/// Who brought it: this program, the configuration, somebody with a file, somebody with an import, or the
/// service itself from a vendor.
enum class Source : std::uint8_t { built_in, configured, file, imported, fetched };
/// "built-in", "configured", "file", "imported", "fetched".
[[nodiscard]] std::string_view name_of(Source source);

struct Origin {
    Source source = Source::file;
    std::string from;              ///< the bundle's name, or the URL; may be empty
    std::optional<tee::Time> came; ///< none: not known
};

/// By digest_of a statement.
using Origins = std::map<std::string, Origin>;

/// Lower-case hex of the SHA-256 of what is signed and its signature; empty when nothing can be hashed.
[[nodiscard]] std::string digest_of(const tee::Certificate& certificate);
[[nodiscard]] std::string digest_of(const tee::RevocationList& list);
[[nodiscard]] std::string digest_of(const tee::tdx::SignedDocument& document);

/// The file that has them beside the statements: docs/formats/kbs.md.
inline constexpr const char* k_origins_file = "sources.json";
[[nodiscard]] std::string render_origins(const Origins& origins);
/// Limits: 1 MiB. Errors: invalid_argument naming the place; unimplemented of a newer version.
[[nodiscard]] Result<Origins> parse_origins(std::string_view text);

} // namespace redoubt::services::attestation
