// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <format>
#include <random>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::node::host {
namespace {

using testing::HasSubstr;

class Checks : public testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("checks-" + std::to_string(std::random_device{}()));
        std::filesystem::create_directories(folder_);
        files_ = {folder_ / "vmlinuz", folder_ / "initramfs.cpio", folder_ / "initramfs-confidential.cpio",
                  folder_ / "guest-manifest.json"};
        ASSERT_TRUE(write_file(files_.kernel, "kernel"));
        ASSERT_TRUE(write_file(files_.initramfs, "initramfs"));
        ASSERT_TRUE(write_file(files_.confidential_initramfs, "initramfs"));
        ASSERT_TRUE(write_file(files_.manifest, manifest(digest("kernel"), digest("initramfs"))));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string digest(const std::string& text) {
        return crypto::digest_of(text, crypto::HashAlgorithm::sha384)->hex();
    }
    static std::string manifest(const std::string& kernel, const std::string& initramfs) {
        return std::format(
            R"({{"agent":{{"version":"0.1.0"}},"kernel":{{"sha384":"{}"}},)"
            R"("initramfs":{{"sha384":"{}"}},"confidential_initramfs":{{"sha384":"{}"}},"version":1}})",
            kernel, initramfs, initramfs);
    }

    std::filesystem::path folder_;
    GuestFiles files_;
};

TEST_F(Checks, TheGuestImageIsWhatItsManifestSays) {
    const auto check = check_guest(files_);
    EXPECT_EQ(check.verdict, Verdict::ok) << check.detail;
    EXPECT_THAT(check.detail, HasSubstr("agent 0.1.0"));
    EXPECT_EQ(check.remedy, "");
}

TEST_F(Checks, AChangedGuestImageIsNamed) {
    ASSERT_TRUE(write_file(files_.initramfs, "other"));
    const auto check = check_guest(files_);
    EXPECT_EQ(check.verdict, Verdict::failed);
    EXPECT_THAT(check.detail, HasSubstr("initramfs.cpio has sha384 "));
    EXPECT_NE(check.remedy, "");
    ASSERT_TRUE(write_file(files_.initramfs, "initramfs"));
    ASSERT_TRUE(write_file(files_.confidential_initramfs, "other"));
    EXPECT_THAT(check_guest(files_).detail, HasSubstr("initramfs-confidential.cpio has sha384 "));
    std::filesystem::remove(files_.kernel);
    EXPECT_THAT(check_guest(files_).detail, HasSubstr("vmlinuz: No such file"));
}

TEST_F(Checks, AManifestOfAnotherFormatIsRefused) {
    EXPECT_EQ(parse_guest_manifest(R"({"version":2})").error().message,
              "guest-manifest.json.version: format 2 is not known, only 1");
    EXPECT_EQ(parse_guest_manifest(R"({"version":1,"agent":{"version":"1"},"kernel":{}})").error().message,
              "guest-manifest.json.kernel.sha384: missing");
    EXPECT_FALSE(parse_guest_manifest("not json"));
}

TEST_F(Checks, ProgramsAreFoundOrMissed) {
    EXPECT_EQ(check_program("sh", find_program("sh"), "x").verdict, Verdict::ok);
    const auto missing = check_program("no-such", find_program("no-such"), "install it");
    EXPECT_EQ(missing.verdict, Verdict::failed);
    EXPECT_EQ(missing.remedy, "install it");
    EXPECT_THAT(check_program("qemu", folder_ / "qemu", "x").detail, HasSubstr("No such file"));
}

TEST_F(Checks, EmulationIsAWarningWithARemedy) {
    EXPECT_EQ(check_accelerator({.accelerator = launch::Accelerator::kvm, .reason = "booted"}).verdict,
              Verdict::ok);
    const auto check = check_accelerator({.accelerator = launch::Accelerator::tcg, .reason = "no device"});
    EXPECT_EQ(check.verdict, Verdict::warning);
    EXPECT_EQ(check.detail, "tcg: no device");
    EXPECT_NE(check.remedy, "");
}

TEST_F(Checks, SpaceAndCgroupsAreLookedAt) {
    EXPECT_EQ(check_space(folder_ / "missing").verdict, Verdict::failed);
    EXPECT_THAT(check_space(folder_).detail, HasSubstr("GiB free"));
    EXPECT_EQ(check_cgroups(folder_).verdict, Verdict::warning);
    std::filesystem::create_directories(folder_ / "memory");
    EXPECT_EQ(check_cgroups(folder_).detail, "version 1");
    ASSERT_TRUE(write_file(folder_ / "cgroup.controllers", ""));
    EXPECT_EQ(check_cgroups(folder_).detail, "version 2");
}

TEST_F(Checks, AllOfThemComeInOrder) {
    const auto results =
        check_host({.qemu = "/no/such/qemu",
                    .guest = files_,
                    .state_directory = folder_,
                    .accelerator = {.accelerator = launch::Accelerator::kvm, .reason = "booted"}});
    std::vector<std::string> names;
    for (const auto& result : results) {
        names.push_back(result.name);
        EXPECT_EQ(result.verdict == Verdict::ok, result.remedy.empty()) << result.name;
    }
    EXPECT_THAT(names, testing::ElementsAre("qemu", "accelerator", "guest image", "mkfs.erofs", "mkfs.ext4",
                                            "space", "cgroups", "rights", "level gvisor", "level runc",
                                            "sev-snp", "tdx", "level confidential"));
}

TEST_F(Checks, OfTheLevelConfidentialSayWhatItRunsOn) {
    const AcceleratorChoice kvm{.accelerator = launch::Accelerator::kvm, .reason = "booted"};
    const AcceleratorChoice tcg{.accelerator = launch::Accelerator::tcg, .reason = "no /dev/kvm"};
    launch::ConfidentialMeans means;
    EXPECT_THAT(check_confidential(means, kvm).detail, HasSubstr("neither SEV-SNP nor TDX"));
    means.snp = launch::SnpMeans{.firmware = files_.kernel};
    EXPECT_EQ(check_confidential(means, kvm).verdict, Verdict::ok);
    EXPECT_THAT(check_confidential(means, kvm).detail, HasSubstr("SEV-SNP, firmware "));
    EXPECT_THAT(check_confidential(means, tcg).detail, HasSubstr("KVM cannot be used: no /dev/kvm"));
    means = {};
    means.tdx = launch::TdxMeans{.firmware = folder_ / "none"};
    EXPECT_EQ(check_confidential(means, kvm).verdict, Verdict::warning);
    EXPECT_THAT(check_confidential(means, kvm).detail, HasSubstr("TDX: firmware "));
}

TEST_F(Checks, OfProcessorsWarnWhenOneIsThereAndNotUsed) {
    const auto results = check_processors({.snp = {.offer = Offer::off, .detail = "SEV-SNP: off"},
                                           .tdx = {.offer = Offer::absent, .detail = "TDX: none"}});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].verdict, Verdict::warning);
    EXPECT_THAT(results[0].remedy, HasSubstr("kvm_amd.sev_snp=1"));
    EXPECT_EQ(results[1].verdict, Verdict::ok);
}

} // namespace
} // namespace redoubt::node::host
