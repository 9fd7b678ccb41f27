// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/manifest.hpp"

#include <gtest/gtest.h>

namespace redoubt::oci {
namespace {

const std::string k_hex(64, 'a');

std::string descriptor(std::string_view type, std::string_view more = "") {
    return std::format(R"({{"mediaType": "{}", "digest": "sha256:{}", "size": 7{}}})", type, k_hex, more);
}

std::string manifest_of(std::string_view layers, std::string_view more = "") {
    return std::format(R"({{"schemaVersion": 2, "config": {}, "layers": [{}]{}}})", descriptor(k_oci_config),
                       layers, more);
}

std::string index_of(std::string_view entries) {
    return std::format(R"({{"schemaVersion": 2, "mediaType": "{}", "manifests": [{}]}})", k_oci_index,
                       entries);
}

std::string entry(std::string_view os, std::string_view architecture, std::string_view variant, char digit) {
    return std::format(R"({{"mediaType": "{}", "digest": "sha256:{}", "size": 7, "platform":
                       {{"os": "{}", "architecture": "{}", "variant": "{}"}}}})",
                       k_oci_manifest, std::string(64, digit), os, architecture, variant);
}

const std::string k_gzip_layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip");

TEST(Manifest, ParsesTheOciForm) {
    const auto manifest =
        parse_manifest(manifest_of(k_gzip_layer, R"(, "annotations": {"a": "b"}, "unknown": [])")).value();
    EXPECT_EQ(manifest.config.digest.str(), "sha256:" + k_hex);
    ASSERT_EQ(manifest.layers.size(), 1U);
    EXPECT_EQ(manifest.layers[0].size, 7U);
    EXPECT_EQ(manifest.annotations.at("a"), "b");
}

TEST(Manifest, ParsesTheDockerForm) {
    const auto text = std::format(
        R"({{"schemaVersion": 2, "mediaType": "{}", "config": {}, "layers": [{}]}})", k_docker_manifest,
        descriptor(k_docker_config), descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip"));
    EXPECT_EQ(parse_manifest(text).value().layers.size(), 1U);
}

TEST(Manifest, AcceptsAnImageWithoutLayers) {
    EXPECT_TRUE(parse_manifest(manifest_of("")).value().layers.empty());
}

void expect_refused(const std::string& text, Code code, const std::string& message) {
    const auto manifest = parse_manifest(text);
    ASSERT_FALSE(manifest) << text;
    EXPECT_EQ(manifest.error(), (Error{code, message}));
}

TEST(Manifest, ErrorsNameThePlace) {
    expect_refused(manifest_of(k_gzip_layer + ", 3"), Code::invalid_argument,
                   "image manifest.layers[1]: not an object");
    expect_refused(manifest_of(R"({"mediaType": "x", "size": 1})"), Code::invalid_argument,
                   "image manifest.layers[0].digest: missing");
    expect_refused(
        manifest_of(R"({"mediaType": "x", "digest": "md5:0", "size": 1})"), Code::invalid_argument,
        "image manifest.layers[0].digest: digest 'md5:0': algorithm is not one of sha256, sha384, sha512");
    expect_refused(R"({"schemaVersion": 2})", Code::invalid_argument, "image manifest.config: missing");
    expect_refused(R"({"schemaVersion": 3})", Code::invalid_argument, "image manifest.schemaVersion: not 2");
    expect_refused("[]", Code::invalid_argument, "image manifest: not an object");
}

TEST(Manifest, RefusesANegativeSize) {
    expect_refused(
        manifest_of(std::format(R"({{"mediaType": "x", "digest": "sha256:{}", "size": -1}})", k_hex)),
        Code::invalid_argument, "image manifest.layers[0].size: not a whole number of zero or more");
}

TEST(Manifest, TakesEncryptedLayersAndSaysWhichTheyAre) {
    const auto encrypted = descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    const auto manifest = parse_manifest(manifest_of(k_gzip_layer + "," + encrypted)).value();
    ASSERT_EQ(manifest.layers.size(), 2U);
    EXPECT_FALSE(is_encrypted(manifest.layers[0]));
    EXPECT_TRUE(is_encrypted(manifest.layers[1]));
}

TEST(Manifest, RefusesEncryptedLayersOfUnknownKindsInWords) {
    expect_refused(manifest_of(descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip+encrypted")),
                   Code::unimplemented,
                   "image manifest.layers[0]: an encrypted layer of a kind that is not supported "
                   "(application/vnd.docker.image.rootfs.diff.tar.gzip+encrypted)");
}

TEST(Manifest, RefusesForeignLayersInWords) {
    expect_refused(manifest_of(descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar")),
                   Code::unimplemented,
                   "image manifest.layers[0]: foreign layers are not supported "
                   "(application/vnd.oci.image.layer.nondistributable.v1.tar)");
    EXPECT_FALSE(
        parse_manifest(manifest_of(descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"))));
}

TEST(Manifest, RefusesAnArtifact) {
    const auto text = std::format(R"({{"schemaVersion": 2, "config": {}, "layers": []}})",
                                  descriptor("application/vnd.oci.empty.v1+json"));
    expect_refused(
        text, Code::unimplemented,
        "image manifest.config: not a container image but an artifact (application/vnd.oci.empty.v1+json)");
}

TEST(Manifest, RefusesSchemaOneInWords) {
    expect_refused(
        R"({"schemaVersion": 1, "fsLayers": []})", Code::unimplemented,
        "image manifest: schema 1 is not supported, the image must be pushed again in a newer form");
}

TEST(Manifest, RefusesTooManyLayers) {
    std::string layers = k_gzip_layer;
    for (int i = 0; i < 512; ++i) layers += "," + k_gzip_layer;
    expect_refused(manifest_of(layers), Code::resource_exhausted,
                   "image manifest.layers: 513 layers, at most 512 are allowed");
}

TEST(Manifest, RefusesTooManyBytes) {
    expect_refused(std::string((4U << 20U) + 1, ' '), Code::resource_exhausted,
                   "image manifest: 4194305 bytes, more than the limit of 4194304");
}

TEST(Manifest, RefusesADocumentThatIsAnIndex) {
    expect_refused(index_of(""), Code::invalid_argument, "image manifest: it is an index");
    EXPECT_EQ(parse_index(manifest_of("")).error().message, "image index: it is an image manifest");
}

TEST(Manifest, RefusesADocumentThatIsBothThings) {
    expect_refused(manifest_of("", R"(, "manifests": [])"), Code::invalid_argument,
                   "image manifest: has the members of a manifest and of an index");
}

TEST(ManifestOrIndex, IsToldByMediaTypeThenByContentTypeThenByMembers) {
    EXPECT_TRUE(std::holds_alternative<Index>(parse_manifest_or_index(index_of(""), "").value()));
    EXPECT_TRUE(std::holds_alternative<Index>(
        parse_manifest_or_index(R"({"schemaVersion": 2, "manifests": []})", "").value()));
    EXPECT_TRUE(std::holds_alternative<Manifest>(parse_manifest_or_index(manifest_of(""), "").value()));
    EXPECT_TRUE(std::holds_alternative<Manifest>(
        parse_manifest_or_index(manifest_of(""), std::string(k_oci_manifest) + "; charset=utf-8").value()));
}

TEST(ManifestOrIndex, RefusesAContentTypeThatContradicts) {
    EXPECT_EQ(parse_manifest_or_index(index_of(""), k_oci_manifest).error().message,
              "manifest: announced as an image manifest, but it is an index");
    EXPECT_EQ(parse_manifest_or_index(R"({"schemaVersion": 2})", "").error().message,
              "manifest: neither a manifest nor an index");
    EXPECT_EQ(parse_manifest_or_index(R"({"schemaVersion": 2, "mediaType": "x"})", "").error().message,
              "manifest.mediaType: 'x' is neither a manifest nor an index");
}

TEST(Index, SelectsTheFirstEntryForAPlatform) {
    const auto index =
        parse_index(index_of(entry("unknown", "unknown", "", '1') + "," + entry("linux", "arm64", "v8", '2') +
                             "," + entry("linux", "amd64", "", '3') + "," + entry("linux", "amd64", "", '4')))
            .value();
    const auto selected = [&](std::string_view platform) {
        return select_manifest(index, parse_platform(platform).value()).value().digest.hex()[0];
    };
    EXPECT_EQ(selected("linux/amd64"), '3');
    EXPECT_EQ(selected("linux/arm64"), '2');
    EXPECT_EQ(selected("linux/arm64/v8"), '2');
}

TEST(Index, NamesThePlatformsItOffers) {
    const auto index =
        parse_index(index_of(entry("unknown", "unknown", "", '1') + "," + entry("linux", "arm64", "v8", '2') +
                             "," + entry("linux", "amd64", "v3", '3')))
            .value();
    EXPECT_EQ(
        select_manifest(index, {"linux", "amd64", ""}).error(),
        (Error{Code::not_found,
               "no image for platform linux/amd64 in the index; it offers: linux/arm64/v8, linux/amd64/v3"}));
    EXPECT_EQ(select_manifest({}, {"linux", "amd64", ""}).error().message,
              "no image for platform linux/amd64 in the index; it offers: none");
}

TEST(Index, ASingleEntryWithoutPlatformIsTheImage) {
    const auto index = parse_index(index_of(descriptor(k_oci_manifest))).value();
    EXPECT_TRUE(select_manifest(index, {"linux", "amd64", ""}));
}

TEST(Platform, IsParsedStrictly) {
    EXPECT_EQ(parse_platform("linux/arm64/v8").value(), (Platform{"linux", "arm64", "v8"}));
    EXPECT_EQ(parse_platform("linux/arm64/v8").value().str(), "linux/arm64/v8");
    for (const auto* text : {"", "linux", "linux/", "/amd64", "a/b/c/d"})
        EXPECT_EQ(parse_platform(text).error().message,
                  std::format("platform '{}': not of the form os/architecture[/variant]", text));
}

} // namespace
} // namespace redoubt::oci
