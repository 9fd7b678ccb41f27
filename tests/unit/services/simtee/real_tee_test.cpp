// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/real_tee.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <format>

#include "common/base/file.hpp"

namespace redoubt::services::simtee {
namespace {

namespace fs = std::filesystem;

class RealTee : public testing::Test {
  protected:
    RealTee() { fs::create_directories(root); }
    ~RealTee() override { fs::remove_all(root); }
    void put(const std::string& path, const std::string& content) const {
        fs::create_directories((root / path).parent_path());
        EXPECT_TRUE(write_file(root / path, content));
    }
    fs::path root = fs::temp_directory_path() / std::format("redoubt-real-tee-{}", ::getpid());
};

TEST_F(RealTee, AMachineWithoutOneMaySimulate) {
    EXPECT_TRUE(check_no_real_tee(root));
    put("sys/module/kvm_amd/parameters/sev_snp", "N\n");
    put("sys/module/kvm_intel/parameters/tdx", "N\n");
    put("dev/kvm", "");
    EXPECT_TRUE(check_no_real_tee(root));
}

TEST_F(RealTee, ADeviceOrAParameterThatIsOnForbidsIt) {
    const std::vector<std::pair<std::string, std::string>> signs{
        {"dev/sev", ""},
        {"dev/sev-guest", ""},
        {"dev/tdx_guest", ""},
        {"sys/devices/virtual/misc/tdx_guest/measurements/mrtd", ""},
        {"sys/module/kvm_amd/parameters/sev_snp", "Y\n"},
        {"sys/module/kvm_amd/parameters/sev_es", "1\n"},
        {"sys/module/kvm_intel/parameters/tdx", "Y\n"}};
    for (const auto& [path, content] : signs) {
        put(path, content);
        const auto checked = check_no_real_tee(root);
        ASSERT_FALSE(checked) << path;
        EXPECT_EQ(checked.error().code, Code::failed_precondition);
        EXPECT_NE(checked.error().message.find("real thing"), std::string::npos);
        fs::remove_all(root);
    }
}

} // namespace
} // namespace redoubt::services::simtee
