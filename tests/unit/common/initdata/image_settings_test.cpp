// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/image_settings.hpp"

#include <gtest/gtest.h>

namespace redoubt::initdata {
namespace {

Result<ImageSettings> settings_of(const std::string& cdh) {
    const auto text = render(crypto::HashAlgorithm::sha384, {{"cdh.toml", cdh}}).value();
    return parse_image_settings(Initdata::parse(text).value());
}

TEST(ImageSettings, HaveNoPolicyUnlessThereIsOne) {
    const auto text =
        render(crypto::HashAlgorithm::sha384, {{"policy.rego", "package agent_policy"}}).value();
    EXPECT_FALSE(parse_image_settings(Initdata::parse(text).value()).value().has_policy());
    // As the data hub of Confidential Containers is configured.
    EXPECT_FALSE(settings_of("socket = 'x'\n[kbc]\nname = 'cc_kbc'\n[[credentials]]\npath = 'a'\n[image]\n"
                             "max_concurrent_layer_downloads_per_image = 3\n")
                     .value()
                     .has_policy());
}

TEST(ImageSettings, TakeAPolicyOrWhereItIs) {
    EXPECT_EQ(settings_of("[image]\nimage_security_policy = '{}'").value().policy, "{}");
    EXPECT_EQ(settings_of("image.image_security_policy_uri = 'kbs:///a/b/c'").value().policy_uri,
              "kbs:///a/b/c");
}

TEST(ImageSettings, AreReadAsTheyWereWritten) {
    const ImageSettings settings{.policy = "{\"default\":\n \"a'b\\\\c\"}"};
    EXPECT_EQ(settings_of(render_image_settings(settings)).value().policy, settings.policy);
    const ImageSettings elsewhere{.policy_uri = "kbs:///a/b/c"};
    EXPECT_EQ(settings_of(render_image_settings(elsewhere)).value().policy_uri, "kbs:///a/b/c");
}

TEST(ImageSettings, AreRefusedRatherThanTakenForNone) {
    const auto message = [](const std::string& cdh) { return settings_of(cdh).error().message; };
    EXPECT_EQ(message("[image]\nimage_security_policy = 1"),
              "cdh.toml: image.image_security_policy is no text");
    EXPECT_EQ(message("[image]\nimage_security_policy = ''"),
              "cdh.toml: image.image_security_policy is no text");
    EXPECT_EQ(message("[image.image_security_policy]\n"), "cdh.toml: image.image_security_policy is no text");
    EXPECT_EQ(message("[image.image_security_policy]\na = 'b'"),
              "cdh.toml: image.image_security_policy.a is no text");
    EXPECT_EQ(
        message("[image]\nimage_policy = '{}'"),
        "cdh.toml: image.image_policy is not known: image_security_policy and image_security_policy_uri are");
    EXPECT_EQ(message("[[image]]\nimage_security_policy = '{}'"), "cdh.toml: 'image' is not a section");
    EXPECT_EQ(message("image = 3"), "cdh.toml: 'image' is not a section");
    EXPECT_EQ(message("[image]\nimage_security_policy = '{}'\nimage_security_policy_uri = 'kbs:///a/b/c'"),
              "cdh.toml: both image_security_policy and image_security_policy_uri say which signatures "
              "images need");
    EXPECT_EQ(
        message("[image]\nimage_security_policy_uri = 'file:///etc/policy.json'"),
        "cdh.toml: image_security_policy_uri 'file:///etc/policy.json' is not kbs:///REPOSITORY/TYPE/TAG: a "
        "guest has no files");
    EXPECT_FALSE(settings_of("[image"));
}

} // namespace
} // namespace redoubt::initdata
