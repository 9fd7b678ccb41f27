// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/cgroup_identity.hpp"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <format>

namespace redoubt::guest::oci_runtime {
namespace {

namespace fs = std::filesystem;

std::uint64_t inode_of(const fs::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

/// A group of our own with another in it, where this machine lets one make groups.
class CgroupIdentity : public testing::Test {
  protected:
    void SetUp() override {
        for (const auto* place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            struct statfs facts{};
            if (::statfs(place, &facts) == 0 && facts.f_type == CGROUP2_SUPER_MAGIC) parent_ = place;
        }
        std::error_code error;
        if (!parent_.empty()) group_ = parent_ / std::format("redoubt-identity-test-{}", ::getpid());
        if (group_.empty() || !fs::create_directories(group_ / "inner", error))
            GTEST_SKIP() << "no control groups to make";
    }
    void TearDown() override {
        std::error_code error;
        fs::remove(group_ / "inner", error);
        fs::remove(group_, error);
    }

    fs::path parent_;
    fs::path group_;
};

TEST_F(CgroupIdentity, LeadsToTheGroupAndToThoseWithinIt) {
    EXPECT_EQ(path_of_cgroup(parent_, inode_of(group_)).value(), group_);
    EXPECT_EQ(path_of_cgroup(group_, inode_of(group_ / "inner")).value(), group_ / "inner");
}

TEST_F(CgroupIdentity, OfAGroupThatIsGoneLeadsNowhereAndIsNoNewOnes) {
    const auto before = inode_of(group_ / "inner");
    ASSERT_TRUE(fs::remove(group_ / "inner"));
    EXPECT_EQ(path_of_cgroup(parent_, before).error().code, Code::not_found);
    ASSERT_TRUE(fs::create_directory(group_ / "inner"));
    EXPECT_NE(inode_of(group_ / "inner"), before);
    EXPECT_EQ(path_of_cgroup(parent_, before).error().code, Code::not_found);
}

TEST_F(CgroupIdentity, ThatIsMadeUpLeadsNowhere) {
    EXPECT_FALSE(path_of_cgroup(parent_, 0x7fffffffffffULL));
    EXPECT_FALSE(path_of_cgroup("/no/such/folder", inode_of(group_)));
    EXPECT_FALSE(path_of_cgroup("/tmp", inode_of(group_)));
}

} // namespace
} // namespace redoubt::guest::oci_runtime
