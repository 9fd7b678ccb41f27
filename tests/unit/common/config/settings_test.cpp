// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/settings.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/base/file.hpp"

namespace redoubt::config {
namespace {

Schema schema() {
    return Schema({
        {.name = "state_dir", .default_value = std::string("/var/lib/redoubt")},
        {.name = "log.level", .default_value = std::string("info"), .choices = {"info", "debug"}},
        {.name = "sandbox.default_memory",
         .default_value = ByteSize{256U << 20U},
         .limits = Limits{64LL << 20U, 1LL << 40U}},
        {.name = "sandbox.default_vcpus", .default_value = std::int64_t{1}, .limits = Limits{1, 255}},
        {.name = "sandbox.boot_timeout",
         .default_value = Milliseconds(30'000),
         .limits = Limits{1000, 3'600'000}},
        {.name = "sandbox.debug", .default_value = false},
        {.name = "image.registries", .default_value = Strings{}},
    });
}

std::string error_of(std::string_view text) {
    Settings settings(schema());
    const Status status = settings.merge(text, "/etc/redoubt/redoubtd.toml");
    return status ? "no error" : status.error().message;
}

TEST(Settings, AreTheDefaultsAtFirst) {
    const Settings settings(schema());
    EXPECT_EQ(settings.get<std::string>("state_dir"), "/var/lib/redoubt");
    EXPECT_EQ(settings.source_of("state_dir"), "default");
}

TEST(Settings, TakeEveryKindOfValue) {
    Settings settings(schema());
    const Status status = settings.merge(R"(
state_dir = "/srv"
[sandbox]
default_memory = "1GiB"
default_vcpus = 4
boot_timeout = "1m"
debug = true
[image]
registries = ["a", "b"]
)",
                                         "f.toml");
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(settings.get<std::string>("state_dir"), "/srv");
    EXPECT_EQ(settings.get<ByteSize>("sandbox.default_memory").bytes, 1ULL << 30U);
    EXPECT_EQ(settings.get<std::int64_t>("sandbox.default_vcpus"), 4);
    EXPECT_EQ(settings.get<Milliseconds>("sandbox.boot_timeout"), Milliseconds(60'000));
    EXPECT_TRUE(settings.get<bool>("sandbox.debug"));
    EXPECT_EQ(settings.get<Strings>("image.registries"), (Strings{"a", "b"}));
    EXPECT_EQ(settings.source_of("sandbox.default_vcpus"), "f.toml:5");
}

TEST(Settings, NameTheNearestKeyOfAnUnknownOne) {
    EXPECT_EQ(error_of("\n\n[sandbox]\nboot_timout = \"30s\"\n"),
              "/etc/redoubt/redoubtd.toml:4:1: unknown key 'sandbox.boot_timout'; did you mean "
              "'sandbox.boot_timeout'?");
    EXPECT_EQ(error_of("colour = 1"), "/etc/redoubt/redoubtd.toml:1:1: unknown key 'colour'");
    EXPECT_EQ(error_of("[sandbx]"),
              "/etc/redoubt/redoubtd.toml:1:2: unknown key 'sandbx'; did you mean 'sandbox'?");
    EXPECT_EQ(error_of("[sandbox]"), "no error");
}

TEST(Settings, SayWhatKindOfValueAKeyNeeds) {
    EXPECT_EQ(error_of("state_dir = 5"),
              "/etc/redoubt/redoubtd.toml:1:1: 'state_dir' must be a string, not a number");
    EXPECT_EQ(error_of("sandbox.boot_timeout = 30"), "/etc/redoubt/redoubtd.toml:1:9: 'sandbox.boot_timeout' "
                                                     "must be a duration such as \"30s\", not a number");
    EXPECT_EQ(error_of("sandbox.boot_timeout = \"30\""),
              "/etc/redoubt/redoubtd.toml:1:9: 'sandbox.boot_timeout': '30' is not a duration such as 30s or "
              "1h30m");
    EXPECT_EQ(error_of("image.registries = [1]"), "/etc/redoubt/redoubtd.toml:1:7: 'image.registries' must "
                                                  "be an array of strings, not an array of other things");
    EXPECT_EQ(
        error_of("sandbox.debug = 1.5"),
        "/etc/redoubt/redoubtd.toml:1:9: 'sandbox.debug' must be true or false, not a floating point number");
}

TEST(Settings, SayTheAllowedRange) {
    EXPECT_EQ(error_of("sandbox.default_memory = \"1MiB\""),
              "/etc/redoubt/redoubtd.toml:1:9: 'sandbox.default_memory' is 1MiB, out of range: allowed is "
              "64MiB to 1TiB");
    EXPECT_EQ(
        error_of("sandbox.default_vcpus = 0"),
        "/etc/redoubt/redoubtd.toml:1:9: 'sandbox.default_vcpus' is 0, out of range: allowed is 1 to 255");
    EXPECT_EQ(error_of("log.level = \"loud\""),
              "/etc/redoubt/redoubtd.toml:1:5: 'log.level' is 'loud', which is none of: info, debug");
}

TEST(Settings, ReportTheFirstMistakeOfTheFile) {
    EXPECT_EQ(error_of("zzz = 1\n[sandbox]\naaa = 1\n"), "/etc/redoubt/redoubtd.toml:1:1: unknown key 'zzz'");
}

TEST(Settings, PointAtASyntaxError) {
    EXPECT_TRUE(error_of("a = \n").starts_with("/etc/redoubt/redoubtd.toml:1:"));
    EXPECT_TRUE(error_of("[sandbox\n").starts_with("/etc/redoubt/redoubtd.toml:"));
}

TEST(Settings, PointAtWhatTomlPlusPlusOnlyAsserts) {
    EXPECT_EQ(error_of("\n [[[[[[[[.\n\n"), "/etc/redoubt/redoubtd.toml:2: not TOML");
    EXPECT_EQ(error_of("a = 1979-05-27T(7:2oot_t999999999"), "/etc/redoubt/redoubtd.toml:1: not TOML");
}

TEST(Settings, TakeAnyCharacterInStringsAndCommentsOnly) {
    EXPECT_TRUE(error_of("state_dir =\u00a1").starts_with("/etc/redoubt/redoubtd.toml:1:12: "));
    Settings settings(schema());
    ASSERT_TRUE(settings.merge(
        "# \u00e9t\u00e9\nstate_dir = '\u00e9'\n[image]\nregistries = [\n\"\"\"\u00a1\n[[[\"\"\",\n'[']",
        "f.toml"));
    EXPECT_EQ(settings.get<std::string>("state_dir"), "\u00e9");
    EXPECT_EQ(settings.get<Strings>("image.registries"), (Strings{"\u00a1\n[[[", "["}));
}

TEST(Settings, StayAsTheyWereWhenAFileIsRefused) {
    Settings settings(schema());
    ASSERT_FALSE(settings.merge("state_dir = \"/srv\"\nx = 1\n", "f"));
    EXPECT_EQ(settings.get<std::string>("state_dir"), "/var/lib/redoubt");
}

class SettingsFiles : public testing::Test {
  protected:
    void SetUp() override {
        std::string folder = testing::TempDir() + "settings-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        file_ = folder_ / "redoubtd.toml";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
    std::filesystem::path file_;
};

TEST_F(SettingsFiles, LaterDropInsWin) {
    std::filesystem::create_directory(file_.string() + ".d");
    ASSERT_TRUE(write_file(file_, "state_dir = \"/a\"\nlog.level = \"debug\"\n"));
    ASSERT_TRUE(write_file(file_.string() + ".d/20-b.toml", "state_dir = \"/c\"\n"));
    ASSERT_TRUE(write_file(file_.string() + ".d/10-a.toml", "state_dir = \"/b\"\n"));
    ASSERT_TRUE(write_file(file_.string() + ".d/README", "not read"));
    const auto settings = Settings::load(schema(), file_, Presence::required);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->get<std::string>("state_dir"), "/c");
    EXPECT_EQ(settings->get<std::string>("log.level"), "debug");
    EXPECT_EQ(settings->source_of("state_dir"), file_.string() + ".d/20-b.toml:1");
}

TEST_F(SettingsFiles, MayBeMissingOnlyWhenOptional) {
    EXPECT_TRUE(Settings::load(schema(), file_, Presence::optional));
    const auto required = Settings::load(schema(), file_, Presence::required);
    ASSERT_FALSE(required);
    EXPECT_EQ(required.error().code, Code::not_found);
    EXPECT_NE(required.error().message.find(file_.string()), std::string::npos);
}

TEST(Settings, RenderAsTomlWithTheSourceOfEachValue) {
    Settings settings(schema());
    ASSERT_TRUE(settings.merge("sandbox.boot_timeout = \"90s\"\nimage.registries = ['a\"b']\n", "f.toml"));
    const std::string text = settings.render();
    EXPECT_EQ(text, "state_dir = \"/var/lib/redoubt\" # default\n"
                    "\n[image]\n"
                    "registries = [\"a\\\"b\"] # f.toml:2\n"
                    "\n[log]\n"
                    "level = \"info\" # default\n"
                    "\n[sandbox]\n"
                    "boot_timeout = \"1m30s\" # f.toml:1\n"
                    "debug = false # default\n"
                    "default_memory = \"256MiB\" # default\n"
                    "default_vcpus = 1 # default\n");
    Settings again(schema());
    EXPECT_TRUE(again.merge(text, "again"));
}

} // namespace
} // namespace redoubt::config
