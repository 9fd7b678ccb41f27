// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/image_config.hpp"

#include <gtest/gtest.h>

namespace redoubt::oci {
namespace {

const std::string k_diff_id = "sha256:" + std::string(64, 'b');

std::string config_of(std::string_view run, std::string_view diff_ids = "") {
    return std::format(
        R"({{"os": "linux", "architecture": "amd64", "created": "2024-01-01T00:00:00Z", "config": {},
                       "rootfs": {{"type": "layers", "diff_ids": [{}]}}}})",
        run, diff_ids);
}

TEST(ImageConfig, ParsesWhatSaysHowToRun) {
    const auto config = parse_image_config(config_of(R"({
        "User": "redis:redis", "Env": ["PATH=/bin", "EMPTY="], "Entrypoint": ["/entry"], "Cmd": ["redis-server", "-v"],
        "WorkingDir": "/data", "StopSignal": "SIGINT", "Labels": {"a": "b"},
        "ExposedPorts": {"6379/tcp": {}, "53/udp": {}}, "Volumes": {"/data": {}}})",
                                                     '"' + k_diff_id + '"'))
                            .value();
    EXPECT_EQ(config.platform.str(), "linux/amd64");
    EXPECT_EQ(config.user, "redis:redis");
    EXPECT_EQ(config.env, (std::vector<std::string>{"PATH=/bin", "EMPTY="}));
    EXPECT_EQ(config.entrypoint, (std::vector<std::string>{"/entry"}));
    EXPECT_EQ(config.cmd, (std::vector<std::string>{"redis-server", "-v"}));
    EXPECT_EQ(config.working_dir, "/data");
    EXPECT_EQ(config.stop_signal, "SIGINT");
    EXPECT_EQ(config.labels.at("a"), "b");
    EXPECT_EQ(config.exposed_ports, (std::vector<std::string>{"53/udp", "6379/tcp"}));
    EXPECT_EQ(config.volumes, (std::vector<std::string>{"/data"}));
    ASSERT_EQ(config.diff_ids.size(), 1U);
    EXPECT_EQ(config.diff_ids[0].str(), k_diff_id);
    EXPECT_EQ(config.created, "2024-01-01T00:00:00Z");
}

TEST(ImageConfig, NullsAndAbsentMembersAreEmpty) {
    for (const auto* run : {"null", "{}", R"({"Env": null, "Cmd": null, "Labels": null, "Volumes": null})"})
        EXPECT_TRUE(parse_image_config(config_of(run)).value().env.empty());
}

void expect_refused(const std::string& text, const std::string& message) {
    const auto config = parse_image_config(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error(), (Error{Code::invalid_argument, message}));
}

TEST(ImageConfig, ErrorsNameThePlace) {
    expect_refused(config_of(R"({"Cmd": "sh"})"), "image config.config.Cmd: not an array");
    expect_refused(config_of(R"({"Env": ["=x"]})"), "image config.config.Env: '=x' has no name");
    expect_refused(config_of(R"({"Cmd": ["a\u0000b"]})"),
                   "image config.config.Cmd: contains a NUL character");
    expect_refused(config_of("{}", "\"sha256:1\""),
                   "image config.rootfs.diff_ids[0]: digest 'sha256:1': sha256 needs 64 "
                   "hex digits, there are 1");
    expect_refused(R"({"os": "linux"})", "image config.architecture: missing");
    expect_refused(R"({"os": "linux", "architecture": "amd64"})", "image config.rootfs: missing");
}

TEST(ImageConfig, HasToAgreeWithItsManifest) {
    const auto config = parse_image_config(config_of("{}", '"' + k_diff_id + '"')).value();
    const auto digest = crypto::Digest::parse(k_diff_id).value();
    Manifest manifest{.config = {.media_type = "", .digest = digest}};
    EXPECT_EQ(check_same_layers(manifest, config).error().message,
              "the manifest has 0 layers, its config has 1 diff ids");
    manifest.layers.push_back({.media_type = "", .digest = digest});
    EXPECT_TRUE(check_same_layers(manifest, config));
}

} // namespace
} // namespace redoubt::oci
