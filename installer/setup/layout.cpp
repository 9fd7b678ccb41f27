// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/layout.hpp"

#include <format>

namespace redoubt::installer {
namespace {

using appliance::Part;

struct SlotPart {
    Part part;
    std::string_view type;
    std::string_view size;
};

constexpr SlotPart k_slot[] = {
    {Part::usr_verity_sig, "usr-verity-sig", "16K"},
    {Part::usr_verity, "usr-verity", "64M"},
    {Part::usr, "usr", "2G"},
};

std::string sized(std::string_view size) {
    return std::format("SizeMinBytes={0}\nSizeMaxBytes={0}\n", size);
}

std::string id_of(const appliance::Manifest& manifest, Part part) {
    if (part == Part::usr_verity_sig) return {};
    return std::format("UUID={}\n", uuid_of_half(manifest.usr_hash, part == Part::usr_verity));
}

} // namespace

std::string uuid_of_half(std::string_view hash, bool second) {
    const auto half = hash.substr(second ? 32 : 0, 32);
    return std::format("{}-{}-{}-{}-{}", half.substr(0, 8), half.substr(8, 4), half.substr(12, 4),
                       half.substr(16, 4), half.substr(20));
}

std::vector<Definition> make_layout(const appliance::Manifest& manifest, const Sources& sources) {
    std::vector<Definition> layout;
    layout.push_back({"10-boot.conf", std::format("[Partition]\nType=esp\nFormat=vfat\nCopyFiles={}:/\n{}",
                                                  sources.boot_partition.string(), sized("1G"))});
    for (const auto& part : k_slot) {
        layout.push_back(
            {std::format("2{}-a.conf", layout.size()),
             std::format("[Partition]\nType={}\nLabel=redoubt_{}\n{}CopyBlocks={}\n{}", part.type,
                         manifest.version, id_of(manifest, part.part),
                         (sources.payload / manifest.file(part.part).name).string(), sized(part.size))});
    }
    for (const auto& part : k_slot) {
        layout.push_back(
            {std::format("3{}-b.conf", layout.size()),
             std::format("[Partition]\nType={}\nLabel=_empty\nNoAuto=yes\n{}", part.type, sized(part.size))});
    }
    layout.push_back(
        {"40-seed.conf", std::format("[Partition]\nType=linux-generic\nLabel=redoubt-seed\nCopyBlocks={}\n{}",
                                     sources.seed.string(), sized("1M"))});
    return layout;
}

} // namespace redoubt::installer
