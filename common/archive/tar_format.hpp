// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The tar format as files are copied in it: ustar, with pax headers for what does not fit. Pure.
/// Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format".

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::archive {

enum class EntryKind : std::uint8_t {
    file,
    folder,
    symbolic_link,
    hard_link,
    pipe,
    character_device,
    block_device,
};

struct Entry {
    std::string path;
    EntryKind kind = EntryKind::file;
    std::string link;             ///< of links
    std::uint64_t size_bytes = 0; ///< of files
    std::uint32_t mode = 0;       ///< permissions, set-id and sticky bits
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int64_t mtime_seconds = 0;
    std::uint32_t mtime_nanoseconds = 0;
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    /// Extended attributes. Read, as archives of image layers have them; not written, and not copied.
    std::map<std::string, std::string> xattrs = {};

    [[nodiscard]] bool operator==(const Entry&) const = default;
};

inline constexpr std::size_t k_block = 512;

/// The headers of an entry. The bytes of a file follow, then padding_of() its size.
[[nodiscard]] std::string render_entry(const Entry& entry);
/// How many zero bytes follow a file of that size.
[[nodiscard]] std::size_t padding_of(std::uint64_t size_bytes);
/// What ends an archive.
[[nodiscard]] std::string render_end();

/// One block of an archive as it stands there: the fields that a reader puts together to an entry.
struct RawHeader {
    Entry entry;
    char type = '0';
};

/// Reads a header's block, which is not all zeros.
/// Errors: invalid_argument no header, or a wrong checksum; unimplemented a type that is none of ours.
[[nodiscard]] Result<RawHeader> parse_header(std::string_view block);

} // namespace redoubt::archive
