// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/secure_processor.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

class SecureProcessorTest : public testing::Test {
  protected:
    void put(const std::filesystem::path& file, std::string_view text) {
        std::filesystem::create_directories((root_ / file).parent_path());
        ASSERT_TRUE(write_file(root_ / file, text));
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    std::filesystem::path root_ = testing::TempDir() + "/secure-processor-test";
};

TEST_F(SecureProcessorTest, IsAbsentWithoutTheCpusFlag) {
    put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sev sev_snp_other\n");
    const auto found = find_secure_processors(root_);
    EXPECT_EQ(found.snp.offer, Offer::absent);
    EXPECT_EQ(found.tdx.offer, Offer::absent);
    EXPECT_EQ(found.c_bit, 0U);
    EXPECT_EQ(find_secure_processors(root_ / "nothing").snp.offer, Offer::absent);
}

TEST_F(SecureProcessorTest, IsOffWhereKvmDoesNotOfferIt) {
    put("proc/cpuinfo", "flags\t\t: fpu sev_snp debug_swap\nbugs\t: tdx_host_platform\n");
    put("sys/module/kvm_amd/parameters/sev_snp", "N\n");
    const auto found = find_secure_processors(root_);
    EXPECT_EQ(found.snp.offer, Offer::off);
    EXPECT_EQ(found.tdx.offer, Offer::absent);
}

TEST_F(SecureProcessorTest, IsReadyWhereKvmOffersIt) {
    put("proc/cpuinfo", "flags\t\t: fpu sev_snp\n");
    put("sys/module/kvm_amd/parameters/sev_snp", "Y\n");
    put("sys/module/kvm_intel/parameters/tdx", "1\n");
    const auto found = find_secure_processors(root_);
    EXPECT_EQ(found.snp.offer, Offer::ready);
    EXPECT_EQ(found.tdx.offer, Offer::ready);
}

TEST(CpuFlag, IsAWordOfTheFirstCpusLine) {
    EXPECT_TRUE(has_cpu_flag("flags\t: fpu sev_snp", "sev_snp"));
    EXPECT_TRUE(has_cpu_flag("a: b\nflags : x\nflags : y", "x"));
    EXPECT_FALSE(has_cpu_flag("a: b\nflags : x\nflags : y", "y"));
    EXPECT_FALSE(has_cpu_flag("flags : sev", "sev_snp"));
    EXPECT_FALSE(has_cpu_flag("", "sev"));
}

} // namespace
} // namespace redoubt::node::host
