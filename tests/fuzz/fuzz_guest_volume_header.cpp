// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What stands in front of a volume that is kept: read, it is what would be written again, byte for byte, but
// for its seal. Shorter inputs are padded as a disk is, with zeros.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "guest-image/agent/mount/volume_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::guest::mount;
    if (size > k_volume_header_size) return 0;
    std::string bytes(reinterpret_cast<const char*>(data), size); // NOLINT: bytes are bytes
    bytes.resize(k_volume_header_size);
    const auto header = parse_volume_header(bytes);
    if (!header) return 0;
    if (!bytes.starts_with(render_volume_header(*header))) std::abort();
    if (header->data_sectors * 512 >= header->disk_bytes) std::abort();
    return 0;
}
