// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/auth_file.hpp"

#include <gtest/gtest.h>

#include <format>

#include "common/encoding/base64.hpp"

namespace redoubt::oci {
namespace {

std::string entry(std::string_view place, std::string_view text) {
    return std::format(R"("{}":{{"auth":"{}"}})", place, encoding::to_base64(text));
}
AuthFile file_of(std::string_view entries) {
    return AuthFile::parse("auth.json", std::format(R"({{"auths":{{{}}}}})", entries)).value();
}
std::optional<RegistryLogin> login_for(const AuthFile& file, std::string_view image) {
    return file.find(parse_reference(image).value()).value();
}
Error error_of(std::string_view text) {
    const auto file = AuthFile::parse("auth.json", text);
    if (!file) return file.error();
    return file->find(parse_reference("a.test/app").value()).error();
}

TEST(AuthFile, TakesTheNearestLogin) {
    const auto file = file_of(entry("a.test", "all:1") + "," + entry("a.test/team", "team:2") + "," +
                              entry("a.test/team/app", "app:3"));
    EXPECT_EQ(login_for(file, "a.test/other:1"), (RegistryLogin{"all", "1"}));
    EXPECT_EQ(login_for(file, "a.test/team/other"), (RegistryLogin{"team", "2"}));
    EXPECT_EQ(login_for(file, "a.test/team/app@sha256:" + std::string(64, 'a')), (RegistryLogin{"app", "3"}));
    EXPECT_EQ(login_for(file, "a.test/teams/app"), (RegistryLogin{"all", "1"}));
    EXPECT_EQ(login_for(file, "b.test/app"), std::nullopt);
    EXPECT_EQ(login_for(file, "a.test:5000/app"), std::nullopt);
}

TEST(AuthFile, TakesAPasswordWithColons) {
    EXPECT_EQ(login_for(file_of(entry("a.test", "user:a:b:")), "a.test/app"),
              (RegistryLogin{"user", "a:b:"}));
}

TEST(AuthFile, ReadsWhatDockerWrites) {
    EXPECT_EQ(
        login_for(file_of(entry("https://a.test/v1/", std::string_view("user:pw\0\0", 9))), "a.test/app"),
        (RegistryLogin{"user", "pw"}));
    // Where a helper has the password, an entry is left that has none.
    EXPECT_EQ(
        login_for(AuthFile::parse("x", R"({"auths":{"a.test":{}},"credsStore":"x"})").value(), "a.test/app"),
        std::nullopt);
}

TEST(AuthFile, AnEmptyFileHasNone) {
    EXPECT_TRUE(AuthFile::parse("x", " \n").value().places().empty());
    EXPECT_EQ(login_for(AuthFile(), "a.test/app"), std::nullopt);
}

TEST(AuthFile, ChangesItsOwnEntryAlone) {
    auto file =
        AuthFile::parse("x", R"({"auths":{"b.test":{"auth":"YTpi"}},"HttpHeaders":{"X":"1"}})").value();
    file.set("a.test", {"user", "pass"});
    EXPECT_EQ(
        file.render(),
        R"({"auths":{"b.test":{"auth":"YTpi"},"a.test":{"auth":"dXNlcjpwYXNz"}},"HttpHeaders":{"X":"1"}})"
        "\n");
    EXPECT_EQ(login_for(file, "a.test/app"), (RegistryLogin{"user", "pass"}));
    EXPECT_TRUE(file.remove("a.test"));
    EXPECT_FALSE(file.remove("a.test"));
    EXPECT_EQ(file.places(), (std::vector<std::string>{"b.test"}));
    file.remove_all();
    EXPECT_TRUE(file.places().empty());
}

TEST(AuthFile, ReplacesAnEntryInDockersForm) {
    auto file = file_of(entry("https://a.test/v1/", "old:1"));
    file.set("a.test", {"new", "2"});
    EXPECT_EQ(file.places(), (std::vector<std::string>{"a.test"}));
}

TEST(AuthFile, SaysWhatItCannotDo) {
    EXPECT_EQ(
        error_of(R"({"credHelpers":{"a.test":"secretservice"}})"),
        (Error{Code::unimplemented, "auth.json.credHelpers.a.test: credential helpers are not implemented"}));
    EXPECT_EQ(error_of(R"({"auths":{"a.test":{"identitytoken":"x"}}})").code, Code::unimplemented);
}

TEST(AuthFile, NamesThePlaceOfAnErrorAndNoValue) {
    EXPECT_EQ(error_of(R"({"auths":{"a.test":{"auth":"c2VjcmV0"}}})"),
              (Error{Code::invalid_argument, "auth.json.auths.a.test.auth: not base64 of NAME:PASSWORD"}));
    EXPECT_EQ(error_of(R"({"auths":[]})").code, Code::invalid_argument);
    EXPECT_EQ(error_of("[]").code, Code::invalid_argument);
}

TEST(AuthFile, APlaceIsARegistryOrANameInOne) {
    for (const auto* good : {"a.test", "a.test:5000", "localhost:5000", "a.test/team/app"})
        EXPECT_TRUE(check_login_place(good)) << good;
    for (const auto* bad : {"", "registry", "a.test/", "https://a.test", "a.test/app:1", "a.test/App"})
        EXPECT_FALSE(check_login_place(bad)) << bad;
    EXPECT_EQ(registry_of("a.test:5000/team"), "a.test:5000");
}

} // namespace
} // namespace redoubt::oci
