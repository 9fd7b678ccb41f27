// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/registry_logins.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

using Files = std::vector<std::filesystem::path>;

EnvironmentLookup environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

class RegistryLoginsTest : public ::testing::Test {
  protected:
    RegistryLoginsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "logins-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        folder_ = name;
    }
    ~RegistryLoginsTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path folder_;
};

TEST_F(RegistryLoginsTest, AreWherePodmanHasThem) {
    EXPECT_EQ(auth_file_to_write("", environment({{"XDG_RUNTIME_DIR", "/run/user/7"}})),
              "/run/user/7/containers/auth.json");
    EXPECT_EQ(auth_file_to_write("", environment({})),
              "/run/containers/" + std::to_string(::getuid()) + "/auth.json");
    const auto named = environment({{"REGISTRY_AUTH_FILE", "/a"}, {"XDG_RUNTIME_DIR", "/run/user/7"}});
    EXPECT_EQ(auth_file_to_write("", named), "/a");
    EXPECT_EQ(auth_file_to_write("/b", named), "/b");
}

TEST_F(RegistryLoginsTest, AreReadFromOtherPlacesTooUnlessOneIsNamed) {
    EXPECT_EQ(
        auth_files_to_read("", environment({{"XDG_RUNTIME_DIR", "/r"}, {"HOME", "/h"}})),
        (Files{"/r/containers/auth.json", "/h/.config/containers/auth.json", "/h/.docker/config.json"}));
    EXPECT_EQ(auth_files_to_read("", environment({{"XDG_RUNTIME_DIR", "/r"}, {"XDG_CONFIG_HOME", "/c"}})),
              (Files{"/r/containers/auth.json", "/c/containers/auth.json"}));
    EXPECT_EQ(auth_files_to_read("/b", environment({{"HOME", "/h"}})), Files{"/b"});
}

TEST_F(RegistryLoginsTest, AreWrittenForTheirOwnerAlone) {
    const auto file = folder_ / "containers/auth.json";
    oci::AuthFile logins;
    logins.set("a.test", {"user", "pass"});
    ASSERT_TRUE(write_auth_file(file, logins));
    struct stat status{};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(file.parent_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    const auto again = read_auth_file(file).value();
    EXPECT_EQ(again.find_at("a.test").value(), (oci::RegistryLogin{"user", "pass"}));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

TEST_F(RegistryLoginsTest, TheFirstFileWithOneDecides) {
    const auto home = environment({{"HOME", folder_}, {"XDG_RUNTIME_DIR", folder_ / "run"}});
    oci::AuthFile logins;
    logins.set("a.test", {"docker", "1"});
    ASSERT_TRUE(write_auth_file(folder_ / ".docker/config.json", logins));
    EXPECT_EQ(find_login("a.test/app:1", "", home).value(), (oci::RegistryLogin{"docker", "1"}));
    logins.set("a.test", {"podman", "2"});
    ASSERT_TRUE(write_auth_file(folder_ / "run/containers/auth.json", logins));
    EXPECT_EQ(find_login("a.test/app:1", "", home).value(), (oci::RegistryLogin{"podman", "2"}));
    EXPECT_EQ(find_login("b.test/app", "", home).value(), std::nullopt);
    EXPECT_EQ(find_login("app", "", home).value(), std::nullopt);
}

TEST_F(RegistryLoginsTest, AFileThatIsNamedHasToBeThere) {
    EXPECT_EQ(find_login("a.test/app", "/nonexistent/auth.json", environment({})).error(),
              (Error{Code::not_found, "--authfile /nonexistent/auth.json: no such file"}));
}

} // namespace
} // namespace redoubt::ctl
