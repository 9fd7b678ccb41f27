// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/initdata.hpp"

#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/gzip.hpp"

namespace redoubt::initdata {
namespace {

constexpr std::string_view k_text = R"(version = "0.1.0"
algorithm = "sha384"

[data]
"policy.rego" = '''
package agent_policy
default CreateContainerRequest := false
'''
"aa.toml" = "[token_configs.kbs]\nurl = \"https://broker:8443\"\n"
)";

std::string error_of(std::string_view toml) {
    const auto parsed = Initdata::parse(toml);
    return parsed ? "no error" : parsed.error().message;
}

TEST(Initdata, HasTheEntriesOfItsData) {
    const auto parsed = Initdata::parse(k_text).value();
    EXPECT_EQ(parsed.entries().size(), 2U);
    ASSERT_NE(parsed.find(k_policy_entry), nullptr);
    EXPECT_EQ(*parsed.find(k_policy_entry),
              "package agent_policy\ndefault CreateContainerRequest := false\n");
    EXPECT_EQ(parsed.find(k_data_hub_entry), nullptr);
}

TEST(Initdata, IsNamedByTheHashOfTheBytesAsDelivered) {
    const auto parsed = Initdata::parse(k_text).value();
    EXPECT_EQ(parsed.digest(), crypto::digest_of(k_text, crypto::HashAlgorithm::sha384).value());
    const auto spaced = Initdata::parse(std::string(k_text) + "\n").value();
    EXPECT_NE(parsed.digest(), spaced.digest());
    EXPECT_EQ(parsed.entries(), spaced.entries());
}

TEST(Initdata, IsBoundByItsDigestCutOrPadded) {
    const auto long_one = Initdata::parse(k_text).value();
    const auto digest = encoding::from_hex(long_one.digest().hex()).value();
    EXPECT_EQ(long_one.host_data(), digest.substr(0, 32));
    EXPECT_EQ(long_one.mr_config_id(), digest);
    const auto short_one = Initdata::parse("version = '0.1.0'\nalgorithm = 'sha256'\n").value();
    EXPECT_EQ(short_one.mr_config_id(), short_one.host_data() + std::string(16, '\0'));
    EXPECT_EQ(Initdata::parse("version = '0.1.0'\nalgorithm = 'sha512'\n").value().host_data().size(), 32U);
}

TEST(Initdata, ThatIsWrongIsRefusedWithItsPlace) {
    EXPECT_EQ(error_of("algorithm = 'sha256'\n"), "initdata: no version");
    EXPECT_EQ(error_of("version = '0.1.0'\n[data]\n"), "initdata: no algorithm");
    EXPECT_EQ(error_of("version = '0.2.0'\nalgorithm = 'sha256'\n"),
              "initdata:1:1: version '0.2.0' is not known, only 0.1.0");
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'md5'\n"),
              "initdata:2:1: algorithm 'md5' is none of sha256, sha384 and sha512");
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'sha256'\n[data]\na = 1\n"),
              "initdata:4:1: 'data.a' is not a string");
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'sha256'\nextra = 'x'\n"),
              "initdata:3:1: 'extra' does not belong here: version, algorithm and [data] do");
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'sha256'\n[data]\n'../x' = 'y'\n"),
              "initdata:4:1: an entry's name is 1 to 128 letters, digits, '.', '_' and '-'");
    EXPECT_EQ(error_of("data = 'x'\nversion = '0.1.0'\nalgorithm = 'sha256'\n"),
              "initdata:1:1: 'data' does not belong here: version, algorithm and [data] do");
    EXPECT_TRUE(error_of("version = ").starts_with("initdata:1:"));
    EXPECT_EQ(error_of(std::string(k_max_toml + 1, '#')), "initdata: 1048577 bytes, the most is 1048576");
}

// Another reader of the same text would see a table there, and no entry.
TEST(Initdata, DoesNotTakeATableForADottedName) {
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'sha256'\n[data.aa]\ntoml = 'x'\n"),
              "initdata:4:1: 'data.aa.toml' does not belong here: version, algorithm and [data] do");
    EXPECT_EQ(error_of("version = '0.1.0'\nalgorithm = 'sha256'\n[data]\naa.toml = 'x'\n"),
              "initdata:4:4: 'data.aa.toml' does not belong here: version, algorithm and [data] do");
}

TEST(Initdata, IsReadAsItWasWritten) {
    const std::map<std::string, std::string, std::less<>> entries{
        {"policy.rego", "package agent_policy\n\nx := \"y\"\n"},
        {"aa.toml", "a = '''b'''\n"},
        {"odd", "\x01\r\n'\""},
        {"empty", ""}};
    const auto text = render(crypto::HashAlgorithm::sha256, entries).value();
    EXPECT_EQ(Initdata::parse(text).value().entries(), entries);
    EXPECT_TRUE(text.contains("'''\npackage agent_policy\n")) << text;
    EXPECT_FALSE(render(crypto::HashAlgorithm::sha256, {{"a/b", "c"}}));
}

TEST(InitdataAnnotation, CarriesTheText) {
    const auto annotation = make_annotation(k_text).value();
    EXPECT_EQ(read_annotation(annotation).value(), k_text);
    EXPECT_EQ(read_annotation(annotation.substr(0, 8) + "\n" + annotation.substr(8) + "\n").value(), k_text);
    EXPECT_EQ(make_annotation(k_text).value(), annotation);
}

TEST(InitdataAnnotation, IsRefusedWhenItIsNone) {
    EXPECT_EQ(read_annotation("version = ").error().code, Code::invalid_argument);
    EXPECT_EQ(read_annotation("aGVsbG8=").error().message, "initdata annotation: gzip: damaged, or no gzip");
    const auto bomb = compress(std::string(k_max_toml * 4, 'a')).value();
    EXPECT_EQ(read_annotation(encoding::to_base64(bomb)).error().message,
              "initdata annotation: gzip: holds more than 1048576 bytes");
}

} // namespace
} // namespace redoubt::initdata
