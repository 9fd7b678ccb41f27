// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/layout.hpp"

#include <gmock/gmock.h>

namespace redoubt::installer {
namespace {

using appliance::Part;
using testing::HasSubstr;
using testing::Not;

constexpr const char* k_hash = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

std::vector<Definition> layout() {
    appliance::Manifest manifest{.version = "0.1.0", .usr_hash = k_hash};
    for (const auto part : {Part::usr, Part::usr_verity, Part::usr_verity_sig}) {
        manifest.files.push_back({.part = part, .name = std::string(name_of(part)) + ".raw"});
    }
    return make_layout(manifest, {.payload = "/p", .boot_partition = "/b", .seed = "/s"});
}

TEST(Layout, HasBothSlotsFromTheFirstDay) {
    std::string names;
    for (const auto& definition : layout()) names += definition.name + " ";
    EXPECT_EQ(names,
              "10-boot.conf 21-a.conf 22-a.conf 23-a.conf 34-b.conf 35-b.conf 36-b.conf 40-seed.conf ");
}

TEST(Layout, GivesAnUnusedSlotItsSizeAndNothingElse) {
    const auto slot = layout()[6].text;
    EXPECT_THAT(slot, HasSubstr("Label=_empty\n"));
    EXPECT_THAT(slot, HasSubstr("SizeMinBytes=2G\n"));
    EXPECT_THAT(slot, Not(HasSubstr("CopyBlocks")));
}

TEST(Layout, NamesASlotsPartitionsByItsRootHash) {
    EXPECT_THAT(layout()[3].text, HasSubstr("UUID=00112233-4455-6677-8899-aabbccddeeff\n"));
    EXPECT_THAT(layout()[2].text, HasSubstr("UUID=01234567-89ab-cdef-0123-456789abcdef\n"));
    EXPECT_THAT(layout()[3].text, HasSubstr("CopyBlocks=/p/usr.raw\n"));
}

} // namespace
} // namespace redoubt::installer
