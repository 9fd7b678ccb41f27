// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Names of disks, option words and what stands on a disk: the first line is a disk's name, the second a word,
// the rest a verity superblock.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "guest-image/agent/mount/disk_source.hpp"
#include "guest-image/agent/mount/verity_options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::guest::mount;
    const std::string_view input(reinterpret_cast<const char*>(data), size); // NOLINT: bytes are bytes
    const auto first = input.find('\n');
    const auto second = first == std::string_view::npos ? first : input.find('\n', first + 1);
    if (second == std::string_view::npos) return 0;
    const std::string name(input.substr(0, first));
    if (const auto disk = parse_disk_name(name); disk && disk->name.find_first_of("/.-") != std::string::npos)
        std::abort();
    for (const char* driver : {"blk", "scsi", "mmioblk", "erofs.multi-layer"})
        std::ignore = parse_disk_source(driver, name);
    std::vector<std::string> driver_words;
    std::vector<std::string> words{std::string(input.substr(first + 1, second - first - 1)),
                                   "X-kata.dmverity.roothash=" + std::string(64, 'a')};
    const auto request = take_verity(driver_words, words);
    const auto superblock = parse_verity_superblock(input.substr(second + 1));
    if (!request || !*request || !superblock) return 0;
    const auto target = complete_verity(**request, "/dev/sda", *superblock);
    // A word more in the kernel's table would be one of its options.
    if (!target) return 0;
    std::size_t spaces = 0;
    for (const char c : render_verity_table(*target)) spaces += c == ' ' ? 1 : 0;
    if (spaces != 9) std::abort();
    return 0;
}
