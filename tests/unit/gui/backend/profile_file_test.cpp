// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/profile_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace redoubt::gui {
namespace {

using testing::HasSubstr;

std::vector<Profile> two() {
    return {{.name = "here",
             .address = "unix:/run/redoubt/redoubtd.sock",
             .certificate = {},
             .key = {},
             .node_fingerprint = {}},
            {.name = "rack \"3\"",
             .address = "node.example:7443",
             .certificate = "/home/a/c.pem",
             .key = "/home/a/k.pem",
             .node_fingerprint = std::string(64, 'a')}};
}

// docs/formats/console-profiles.md: what is written once is read for ever.
constexpr auto k_golden = R"({
  "version": 1,
  "profiles": [
    {
      "name": "here",
      "address": "unix:/run/redoubt/redoubtd.sock"
    },
    {
      "name": "rack \"3\"",
      "address": "node.example:7443",
      "certificate": "/home/a/c.pem",
      "key": "/home/a/k.pem",
      "node_fingerprint": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
  ]
}
)";

TEST(ProfileFile, HasTheBytesOfItsFormat) {
    EXPECT_EQ(render_profiles(two()), k_golden);
}

TEST(ProfileFile, IsReadBackAsItWasWritten) {
    const auto read = parse_profiles(render_profiles(two()));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, two());
    EXPECT_EQ(*parse_profiles(render_profiles({})), std::vector<Profile>());
}

TEST(ProfileFile, OfANewerVersionIsRefusedAndSaysSo) {
    const auto read = parse_profiles(R"({"version": 2, "profiles": []})");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::failed_precondition);
}

TEST(ProfileFile, ThatIsWrongSaysWhere) {
    const auto problem_of = [](std::string_view text) {
        const auto read = parse_profiles(text);
        return read ? std::string("accepted") : read.error().message;
    };
    EXPECT_THAT(problem_of("{"), HasSubstr("no JSON"));
    EXPECT_THAT(problem_of("[]"), HasSubstr("no version"));
    EXPECT_THAT(problem_of(R"({"version":1})"), HasSubstr("profiles"));
    EXPECT_THAT(
        problem_of(R"({"version":1,"profiles":[{"name":"a","address":"unix:/a"},{"name":"b","port":1}]})"),
        HasSubstr("profiles[1]"));
    EXPECT_THAT(problem_of(R"({"version":1,"profiles":[{"name":1}]})"), HasSubstr("profiles[0].name"));
    EXPECT_THAT(
        problem_of(
            R"({"version":1,"profiles":[{"name":"a","address":"unix:/a"},{"name":"a","address":"unix:/a"}]})"),
        HasSubstr("two of the name"));
    EXPECT_THAT(problem_of(std::string(2U << 20U, ' ')), HasSubstr("bytes"));
}

TEST(ProfileFile, IsItsOwnersAlone) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("redoubt-profiles-" + std::to_string(getpid()));
    const auto file = folder / "deeper" / "profiles.json";
    EXPECT_EQ(*load_profiles(file), std::vector<Profile>());
    ASSERT_TRUE(save_profiles(file, two()));
    struct stat status{};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(*load_profiles(file), two());
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace redoubt::gui
