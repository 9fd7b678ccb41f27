// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redoubt::node::storage::test {

/// An entry for a tar of any shape, good or bad. Not what the product writes: tests must not share its
/// mistakes.
struct TarItem {
    std::string path;
    char type = '0';
    std::string link;
    std::string data;
    unsigned mode = 0644;
    unsigned uid = 0;
    unsigned gid = 0;
    std::uint64_t mtime = 0;
    unsigned major = 0;
    unsigned minor = 0;
    std::vector<std::pair<std::string, std::string>> pax; ///< extra records, e.g. SCHILY.xattr.user.a
};

/// A tar with ustar headers, pax headers where asked for or where a name is long, and its end marker.
std::string tar_of(const std::vector<TarItem>& items);
/// An old GNU sparse entry of `size` bytes that has no data at all.
std::string gnu_sparse_tar(std::string_view path, std::uint64_t size);
/// Bytes that do not compress, always the same.
std::string noise(std::size_t size);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);

/// Every kind of entry that a layer can have.
std::vector<TarItem> sample_layer();

} // namespace redoubt::node::storage::test
