// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/doctor.hpp"

#include <gmock/gmock.h>

#include "common/base/file.hpp"

namespace redoubt::installer {
namespace {

using testing::HasSubstr;
using testing::Not;

MachineFacts server() {
    return {.uefi = true,
            .secure_boot = true,
            .tpm2 = true,
            .kvm = true,
            .sev_snp = true,
            .iommu = true,
            .memory_bytes = 64ULL << 30U};
}

TEST(Doctor, FindsNothingMissingOnAServer) {
    const auto findings = examine(server());
    EXPECT_TRUE(can_be_a_node(findings));
    EXPECT_THAT(render(findings), Not(HasSubstr("MISSING")));
    EXPECT_THAT(render(findings), Not(HasSubstr("without ")));
}

TEST(Doctor, SaysWhatToDoWhereThereIsNoTpm) {
    auto facts = server();
    facts.tpm2 = false;
    EXPECT_FALSE(can_be_a_node(examine(facts)));
    EXPECT_THAT(render(examine(facts)), HasSubstr("MISSING TPM 2.0: switch on the TPM"));
}

TEST(Doctor, TakesSetupModeForSecureBootToCome) {
    auto facts = server();
    facts.secure_boot = false;
    EXPECT_FALSE(can_be_a_node(examine(facts)));
    facts.setup_mode = true;
    EXPECT_TRUE(can_be_a_node(examine(facts)));
}

TEST(Doctor, LetsAMachineWithoutKvmBeANode) {
    auto facts = server();
    facts.kvm = false;
    EXPECT_TRUE(can_be_a_node(examine(facts)));
    EXPECT_THAT(render(examine(facts)), HasSubstr("without KVM: switch on virtualisation"));
}

TEST(Doctor, ReadsVariablesOfTheFirmwareBehindTheirAttributes) {
    const auto root = std::filesystem::path(testing::TempDir()) / "doctor";
    std::filesystem::create_directories(root / "sys/firmware/efi/efivars");
    std::filesystem::create_directories(root / "proc");
    const auto variable = root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    ASSERT_TRUE(write_file(variable, std::string("\6\0\0\0\1", 5)));
    ASSERT_TRUE(write_file(root / "proc/meminfo", "MemTotal:        4194304 kB\nMemFree: 1 kB\n"));
    auto facts = gather_machine_facts(root);
    EXPECT_TRUE(facts.uefi);
    EXPECT_TRUE(facts.secure_boot);
    EXPECT_FALSE(facts.tpm2);
    EXPECT_EQ(facts.memory_bytes, 4ULL << 30U);
    ASSERT_TRUE(write_file(variable, std::string("\6\0\0\0\0", 5)));
    EXPECT_FALSE(gather_machine_facts(root).secure_boot);
    std::filesystem::remove_all(root);
}

} // namespace
} // namespace redoubt::installer
