// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/policy_images.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_config =
    R"({"os": "linux", "architecture": "amd64", "config": {"Entrypoint": ["/web"]}, "rootfs": {"type": "layers", "diff_ids": []}})";

class PolicyImages : public testing::Test {
  protected:
    PolicyImages() : folder_(fs::path(testing::TempDir()) / std::format("policy-images-{}", ::getpid())) {
        fs::create_directories(folder_ / "blobs/sha256");
    }
    ~PolicyImages() override { fs::remove_all(folder_); }

    /// The blob's digest.
    std::string put(std::string_view text) {
        const auto digest = crypto::digest_of(text).value();
        EXPECT_TRUE(write_file(folder_ / "blobs/sha256" / digest.hex(), text));
        return digest.str();
    }
    std::string put_layout() {
        const auto manifest = put(std::format(R"({{"config": {{"digest": "{}"}}}})", put(k_config)));
        EXPECT_TRUE(write_file(folder_ / "index.json",
                               std::format(R"({{"manifests": [{{"digest": "{}"}}]}})", manifest)));
        return manifest;
    }
    [[nodiscard]] std::string error_of(const std::string& word) const {
        const auto images = load_policy_images({word});
        return images ? "" : images.error().message;
    }

    fs::path folder_;
};

TEST_F(PolicyImages, ReadsAConfigurationOrALayout) {
    ASSERT_TRUE(write_file(folder_ / "web.json", k_config));
    const auto digest = put_layout();
    const auto images =
        load_policy_images({"a/web:1=" + (folder_ / "web.json").string(), "b=" + folder_.string()});
    ASSERT_TRUE(images) << images.error().message;
    EXPECT_EQ(images->at("a/web:1").config.entrypoint, std::vector<std::string>{"/web"});
    EXPECT_EQ(images->at("b").config.entrypoint, std::vector<std::string>{"/web"});
    EXPECT_EQ(images->at("b").digest, digest);
}

TEST_F(PolicyImages, PassesOverTheSignaturesBesideAnImage) {
    const auto digest = put_layout();
    ASSERT_TRUE(write_file(
        folder_ / "index.json",
        std::format(
            R"({{"manifests": [{{"digest": "{}"}}, {{"digest": "{}", "annotations": {{"org.opencontainers.image.ref.name": "sha256-{}.sig"}}}}]}})",
            digest, digest, std::string(64, 'a'))));
    const auto images = load_policy_images({"b=" + folder_.string()});
    ASSERT_TRUE(images) << images.error().message;
    EXPECT_EQ(images->at("b").digest, digest);
}

TEST_F(PolicyImages, BelievesNoBlobThatIsNotWhatItsNameSays) {
    const auto digest = put_layout();
    ASSERT_TRUE(write_file(folder_ / "blobs" / "sha256" / digest.substr(7), "{}"));
    EXPECT_TRUE(error_of("b=" + folder_.string()).contains("is not what its digest"))
        << error_of("b=" + folder_.string());
}

TEST_F(PolicyImages, RefusesWordsWithoutANameAndFilesThatAreNoConfigurations) {
    EXPECT_EQ(error_of("web.json"), "--image-config web.json: not NAME=FILE");
    ASSERT_TRUE(write_file(folder_ / "bad.json", "{}"));
    EXPECT_TRUE(error_of("a=" + (folder_ / "bad.json").string()).contains("image config.os: missing"));
}

} // namespace
} // namespace redoubt::ctl
