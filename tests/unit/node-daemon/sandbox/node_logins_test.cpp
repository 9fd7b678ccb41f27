// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node_logins.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "common/base/file.hpp"

namespace redoubt::node::sandbox {
namespace {

class NodeLoginsTest : public ::testing::Test {
  protected:
    NodeLoginsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "node-logins-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        folder_ = name;
    }
    ~NodeLoginsTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    void write(const std::string& text, mode_t mode = 0640) {
        ASSERT_TRUE(write_file(file(), text));
        ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "auth.json"; }
    [[nodiscard]] auto find(const std::string& image) const { return find_node_login(file(), image); }

    std::filesystem::path folder_;
};

constexpr const char* k_one = R"({"auths":{"a.test":{"auth":"dXNlcjpwYXNz"}}})"; // user:pass

TEST_F(NodeLoginsTest, AreThoseOfTheFile) {
    write(k_one);
    const auto login = find("a.test/app:1").value();
    ASSERT_TRUE(login);
    EXPECT_EQ(login->username, "user");
    EXPECT_EQ(login->password, "pass");
    EXPECT_FALSE(find("b.test/app").value());
}

TEST_F(NodeLoginsTest, AreNoneWithoutAFileAndForANameOfNoRegistry) {
    EXPECT_FALSE(find("a.test/app").value());
    write(k_one);
    EXPECT_FALSE(find("app").value());
    EXPECT_FALSE(find("not an image").value());
}

TEST_F(NodeLoginsTest, AreRefusedWhereEverybodyMayReadThem) {
    write(k_one, 0644);
    EXPECT_EQ(find("a.test/app").error(),
              (Error{Code::failed_precondition, file().native() +
                                                    " holds passwords, and everybody may read it: "
                                                    "chmod o= " +
                                                    file().native()}));
}

TEST_F(NodeLoginsTest, AreNotPassedOverWhenTheFileIsBroken) {
    write("{");
    EXPECT_EQ(find("a.test/app").error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::node::sandbox
