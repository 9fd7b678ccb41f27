// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/encrypted_image.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <format>

#include "common/base/file.hpp"
#include "common/oci/encryption/layer_annotations.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";

class EncryptedImageTest : public ::testing::Test {
  protected:
    EncryptedImageTest() {
        auto name = (fs::temp_directory_path() / "encrypted-image-XXXXXX").native();
        folder_ = ::mkdtemp(name.data());
        make_source();
        wish_.source = {.path = folder_ / "plain"};
        wish_.target = {.path = folder_ / "sealed"};
        wish_.platform = {.os = "linux", .architecture = "amd64", .variant = ""};
        wish_.key_uri = "kbs:///images/key/app";
    }
    ~EncryptedImageTest() override { fs::remove_all(folder_); }
    EncryptedImageTest(const EncryptedImageTest&) = delete;
    EncryptedImageTest& operator=(const EncryptedImageTest&) = delete;

    std::string put(const std::string& bytes) {
        const auto digest = crypto::digest_of(bytes).value();
        EXPECT_TRUE(write_file(folder_ / "plain/blobs/sha256" / digest.hex(), bytes));
        return std::format(R"("digest":"{}","size":{})", digest.str(), bytes.size());
    }
    /// Two layers, which need not be tars for this.
    void make_source() {
        fs::create_directories(folder_ / "plain/blobs/sha256");
        const auto diff_id = crypto::digest_of("x").value().str();
        const auto config = put(std::format(
            R"({{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":["{0}","{0}"]}}}})",
            diff_id));
        const auto manifest = put(std::format(
            R"({{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json",{}}},)"
            R"("layers":[{{"mediaType":"{}",{}}},{{"mediaType":"{}",{}}}],"annotations":{{"by":"test"}}}})",
            config, k_gzip, put("low layer"), k_gzip, put("high layer")));
        EXPECT_TRUE(write_file(
            folder_ / "plain/index.json",
            std::format(R"({{"schemaVersion":2,"manifests":[{{"mediaType":"{}",{},"annotations":{{)"
                        R"("org.opencontainers.image.ref.name":"v1"}}}}]}})",
                        oci::k_oci_manifest, manifest)));
    }
    static crypto::Secret key() { return crypto::Secret(std::string(32, 'k')); }
    [[nodiscard]] std::string blob(const ImagePlace& place, const oci::Descriptor& layer) const {
        std::string bytes;
        const auto reader = LayoutReader::open(place, folder_ / "x").value();
        EXPECT_TRUE(reader.read_blob(layer, [&bytes](std::span<char> piece) -> Status {
            bytes.append(piece.data(), piece.size());
            return {};
        }));
        return bytes;
    }
    [[nodiscard]] LayoutImage result(const ImagePlace& place) const {
        return LayoutReader::open(place, folder_ / "x").value().image("v1", wish_.platform).value();
    }
    static std::string decrypt(std::string bytes, const oci::Descriptor& layer) {
        const auto seal = oci::encryption::parse_layer_seal(layer.annotations).value();
        EXPECT_EQ(seal.packets[0].key_uri, "kbs:///images/key/app");
        const auto layer_key = oci::encryption::unwrap_layer_key(seal.packets[0], key()).value();
        auto decryptor = oci::encryption::LayerDecryptor::make(layer_key, seal.hmac).value();
        EXPECT_TRUE(decryptor.decrypt(bytes));
        EXPECT_TRUE(decryptor.finish());
        return bytes;
    }
    std::string error() {
        const auto made = encrypt_image(wish_, key());
        EXPECT_FALSE(fs::exists(wish_.target.path));
        return made ? "no error" : made.error().message;
    }

    fs::path folder_;
    EncryptionWish wish_;
};

TEST_F(EncryptedImageTest, EncryptsAllLayersAndNothingElse) {
    const auto made = encrypt_image(wish_, key());
    ASSERT_TRUE(made) << made.error().message;
    const auto image = result(wish_.target);
    EXPECT_EQ(image.descriptor.digest.str(), made->manifest_digest);
    EXPECT_EQ(image.manifest.config.digest.str(), made->config_digest);
    EXPECT_EQ(image.manifest.annotations.at("by"), "test");
    ASSERT_EQ(image.manifest.layers.size(), 2U);
    const auto& high = image.manifest.layers[1];
    EXPECT_EQ(high.media_type, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    EXPECT_EQ(made->layers[1].digest, high.digest.str());
    const auto bytes = blob(wish_.target, high);
    EXPECT_NE(bytes, "high layer");
    EXPECT_EQ(decrypt(bytes, high), "high layer");
    EXPECT_EQ(read_file(folder_ / "sealed/oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
}

TEST_F(EncryptedImageTest, EncryptsOnlyTheLayersAskedFor) {
    wish_.layers = {-1};
    const auto made = encrypt_image(wish_, key()).value();
    EXPECT_FALSE(made.layers[0].is_encrypted);
    EXPECT_TRUE(made.layers[1].is_encrypted);
    const auto image = result(wish_.target);
    EXPECT_EQ(image.manifest.layers[0].media_type, k_gzip);
    EXPECT_EQ(blob(wish_.target, image.manifest.layers[0]), "low layer");
}

TEST_F(EncryptedImageTest, LeavesLayersThatAreEncryptedAlready) {
    wish_.layers = {0};
    ASSERT_TRUE(encrypt_image(wish_, key()));
    const auto first = result(wish_.target).manifest.layers[0];
    wish_.layers = {};
    wish_.source = wish_.target;
    wish_.target.path = folder_ / "again";
    const auto made = encrypt_image(wish_, key()).value();
    EXPECT_EQ(made.layers[0].digest, first.digest.str());
    EXPECT_TRUE(made.layers[0].is_encrypted);
    EXPECT_TRUE(made.layers[1].is_encrypted);
}

TEST_F(EncryptedImageTest, ReadsAndWritesArchives) {
    wish_.target = {.kind = ImagePlace::Kind::archive, .path = folder_ / "sealed.tar"};
    ASSERT_TRUE(encrypt_image(wish_, key()));
    EXPECT_TRUE(fs::is_regular_file(folder_ / "sealed.tar"));
    const auto image = result(wish_.target);
    EXPECT_EQ(decrypt(blob(wish_.target, image.manifest.layers[0]), image.manifest.layers[0]), "low layer");
    // Nothing is left of the work.
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

TEST_F(EncryptedImageTest, RefusesAKeyThatIsNone) {
    const auto made = encrypt_image(wish_, crypto::Secret(std::string("password")));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message,
              "the key has 8 bytes, 32 are needed; make one: head -c 32 /dev/urandom > FILE");
}

TEST_F(EncryptedImageTest, RefusesAKeysPlaceThatIsNone) {
    for (const std::string uri : {"images/key/app", "kbs://host/a/b/c", "kbs:///a/b", "kbs:///a//b",
                                  "kbs:///a/b/c/d", "kbs:///a/b/"}) {
        wish_.key_uri = uri;
        EXPECT_EQ(error(), "--key " + uri + ": not kbs:///REPOSITORY/TYPE/TAG");
    }
}

TEST_F(EncryptedImageTest, RefusesALayerThatIsNotThere) {
    wish_.layers = {2};
    EXPECT_EQ(error(), "--layer 2: the image has 2 layers");
    wish_.layers = {-3};
    EXPECT_EQ(error(), "--layer -3: the image has 2 layers");
}

TEST_F(EncryptedImageTest, RefusesASourceThatIsBrokenAndLeavesNothing) {
    const auto digest = crypto::digest_of("high layer").value();
    ASSERT_TRUE(write_file(folder_ / "plain/blobs/sha256" / digest.hex(), "nigh layer"));
    EXPECT_TRUE(error().starts_with("layer 1: blob " + digest.str() + " of 10 bytes is sha256:"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(EncryptedImageTest, OverwritesNothing) {
    ASSERT_TRUE(write_file(folder_ / "sealed", "mine"));
    EXPECT_EQ(encrypt_image(wish_, key()).error(),
              (Error{Code::already_exists, (folder_ / "sealed").native() + " is there already"}));
}

} // namespace
} // namespace redoubt::ctl
