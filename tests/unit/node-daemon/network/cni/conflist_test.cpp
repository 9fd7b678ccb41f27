// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/conflist.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include <filesystem>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

std::string error_of(std::string_view text) {
    const auto list = parse_conflist("net", text);
    return list ? "accepted" : list.error().message;
}

TEST(Conflist, KeepsPluginsAsWritten) {
    const auto list = parse_conflist("net", R"({"cniVersion":"0.4.0","name":"lan","disableCheck":true,
        "plugins":[{"type":"bridge","anything":[1,{"x":null}]},{"type":"portmap","capabilities":{"portMappings":true}}]})");
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->name, "lan");
    EXPECT_EQ(list->version, "0.4.0");
    EXPECT_TRUE(list->disable_check);
    ASSERT_EQ(list->plugins.size(), 2U);
    EXPECT_EQ(boost::json::serialize(list->plugins[0]), R"({"type":"bridge","anything":[1,{"x":null}]})");
}

TEST(Conflist, OfASinglePluginIsAListOfOne) {
    const auto list = parse_conflist("net", R"({"cniVersion":"1.0.0","name":"lan","type":"bridge"})");
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->plugins.size(), 1U);
}

TEST(Conflist, SpeaksTheHighestVersionBothSidesKnow) {
    const auto version = [](const std::string& members) {
        const auto list = parse_conflist("net", "{" + members + R"("name":"lan","type":"bridge"})");
        return list ? list->version : list.error().message;
    };
    EXPECT_EQ(version(R"("cniVersion":"1.1.0","cniVersions":["0.3.1","1.0.0","1.1.0"],)"), "1.0.0");
    EXPECT_EQ(version(R"("cniVersion":"0.3.1",)"), "0.3.1");
    EXPECT_EQ(version(R"("cniVersion":"1.1.0",)"),
              "net.cniVersion: version 1.1.0; 0.3.0 to 1.0.0 are spoken");
    EXPECT_EQ(version(""), "net.cniVersion: version 0.1.0; 0.3.0 to 1.0.0 are spoken");
}

TEST(Conflist, NamesTheMemberThatIsWrong) {
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","plugins":[]})"), "net.name: missing");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","name":"../x","plugins":[]})"),
              "net.name: '../x' cannot be a name");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","name":"x","plugins":[]})"),
              "net.plugins: 0 plugins, not 1 to 32");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","name":"x","plugins":[{"type":"/bin/sh"}]})"),
              "net.plugins[0].type: '/bin/sh' is not a plugin's file name");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","name":"x","plugins":[{"type":".."}]})"),
              "net.plugins[0].type: '..' is not a plugin's file name");
    EXPECT_EQ(error_of(R"({"cniVersion":"1.0.0","name":"x","plugins":[7]})"),
              "net.plugins[0]: not an object");
    EXPECT_EQ(
        error_of(R"({"cniVersion":"1.0.0","name":"x","plugins":[{"type":"a","capabilities":{"b":1}}]})"),
        "net.plugins[0].capabilities.b: not true or false");
    EXPECT_NE(error_of("[]"), "accepted");
    EXPECT_NE(error_of("{"), "accepted");
}

TEST(ConflistFolder, IsReadInTheOrderOfFileNames) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "redoubt-conflists";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const auto write = [&](const std::string& file, const std::string& text) {
        ASSERT_TRUE(write_file(folder / file, text));
    };
    write("20-b.conf", R"({"cniVersion":"1.0.0","name":"b","type":"bridge"})");
    write("10-a.conflist", R"({"cniVersion":"1.0.0","name":"a","plugins":[{"type":"bridge"}]})");
    write("30-again.json", R"({"cniVersion":"1.0.0","name":"a","type":"ptp"})");
    write("40-half.conflist", R"({"cniVersion":)");
    write("notes.txt", "not looked at");
    const auto found = read_conflists(folder);
    ASSERT_EQ(found.lists.size(), 2U);
    EXPECT_EQ(found.lists[0].name, "a");
    EXPECT_EQ(found.lists[0].plugins[0].at("type"), "bridge");
    EXPECT_EQ(found.lists[1].name, "b");
    ASSERT_EQ(found.problems.size(), 1U);
    EXPECT_NE(found.problems[0].find("40-half.conflist"), std::string::npos);
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(read_conflists(folder).lists.empty());
}

TEST(DefaultConflist, IsAListThatWouldBeParsed) {
    const auto ours = make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = "fd00::/64"});
    const auto parsed = parse_conflist("ours", ours.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->name, "redoubt");
    EXPECT_EQ(parsed->plugins, ours.plugins);
    EXPECT_TRUE(parsed->disable_check) << "portmap's finds what is not wrong";
    EXPECT_EQ(boost::json::serialize(ours.plugins[0]),
              R"({"type":"bridge","bridge":"redoubt0","isGateway":true,"ipMasq":true,"hairpinMode":true,)"
              R"("ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/16"}],[{"subnet":"fd00::/64"}]],)"
              R"("routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}})");
}

TEST(DefaultConflist, MayHaveOneFamilyAndAnMtu) {
    const auto ours = make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = {}, .mtu = 1400});
    EXPECT_FALSE(ours.disable_check);
    EXPECT_EQ(boost::json::serialize(ours.plugins[0]),
              R"({"type":"bridge","bridge":"redoubt0","isGateway":true,"ipMasq":true,"hairpinMode":true,)"
              R"("ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/16"}]],)"
              R"("routes":[{"dst":"0.0.0.0/0"}]},"mtu":1400})");
}

TEST(OwnTranslation, TakesThePlaceOfWhatPluginsDo) {
    const auto plain = make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = "fd00::/64"});
    const auto translated = with_own_translation(plain, false);
    EXPECT_TRUE(translated.is_translated_here);
    EXPECT_EQ(translated.plugins[0].at("ipMasq"), false);
    ASSERT_EQ(translated.plugins.size(), 2U);
    EXPECT_EQ(translated.plugins[1].at("type"), "portmap");
    EXPECT_EQ(subnets_of(translated), (std::vector<std::string>{"10.1.0.0/16", "fd00::/64"}));
    const auto parsed = parse_conflist("kept", translated.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_TRUE(parsed->is_translated_here) << "it is kept in records";
    EXPECT_EQ(parsed->plugins, translated.plugins);
    EXPECT_EQ(with_own_translation(plain, true).plugins.size(), 3U) << "the host filters what is forwarded";
}

TEST(OwnTranslation, IsNoneWhereNothingIsTranslated) {
    const auto internal =
        make_default_conflist({.subnet = "10.1.0.0/16", .subnet6 = {}, .is_internal = true});
    const auto same = with_own_translation(internal, false);
    EXPECT_FALSE(same.is_translated_here);
    EXPECT_EQ(same.text, internal.text);
}

} // namespace
} // namespace redoubt::node::network::cni
