// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/image_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/base/file.hpp"
#include "node-daemon/image/image_record.hpp"

namespace redoubt::node::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string digest_text(std::string_view bytes) {
    return crypto::digest_of(bytes).value().str();
}

/// An image whose layers have these contents.
FetchedImage make_image(std::string name, const std::vector<std::string>& layers,
                        const std::string& user = "") {
    FetchedImage image;
    image.name = std::move(name);
    image.platform = "linux/amd64";
    std::string diff_ids;
    std::string descriptors;
    for (const auto& layer : layers) {
        const auto digest = digest_text(layer);
        image.layers.push_back({digest, digest, layer.size(), {}});
        diff_ids += (diff_ids.empty() ? "\"" : ",\"") + digest + "\"";
        descriptors += std::format(
            R"({}{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{}","size":{}}})",
            descriptors.empty() ? "" : ",", digest, layer.size());
    }
    image.config_json = std::format(
        R"({{"created":"2023-11-14T22:13:20.5Z","os":"linux","architecture":"amd64","config":{{"User":"{}"}},)"
        R"("rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
        user, diff_ids);
    image.config_digest = digest_text(image.config_json);
    image.manifest_json = std::format(
        R"({{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},)"
        R"("layers":[{}]}})",
        image.config_digest, image.config_json.size(), descriptors);
    image.manifest_digest = digest_text(image.manifest_json);
    return image;
}

class ImageStoreTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "images-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] ImageStore open() const { return ImageStore::open(directory_).value(); }
    [[nodiscard]] std::filesystem::path file_of(const FetchedImage& image) const {
        return directory_ / (image.config_digest.substr(7) + ".json");
    }

    std::filesystem::path directory_;
};

TEST_F(ImageStoreTest, KeepsAnImageOverARestart) {
    const auto image = make_image("host:5000/team/app:1", {"one", "two"}, "ann");
    ASSERT_TRUE(open().add(image, 77));
    const auto store = open();
    const auto found = store.find("host:5000/team/app:1").value();
    EXPECT_EQ(found.id, image.config_digest);
    EXPECT_EQ(found.manifest_json, image.manifest_json);
    EXPECT_EQ(found.config.user, "ann");
    EXPECT_EQ(found.pulled_at, 77);
    EXPECT_EQ(found.created_at, 1'700'000'000'500'000'000);
    ASSERT_EQ(found.layers.size(), 2U);
    EXPECT_EQ(found.layers[1], (StoredLayer{digest_text("two"), digest_text("two"), 3}));
}

TEST_F(ImageStoreTest, FindsAnImageByEveryWayToSayIt) {
    auto store = open();
    const auto image = make_image("host:5000/team/app:1", {"one"});
    ASSERT_TRUE(store.add(image, 1));
    const auto hex = image.config_digest.substr(7);
    for (const auto& text :
         {std::string("host:5000/team/app:1"), std::string("app:1"), std::string("team/app:1"),
          image.config_digest, hex, hex.substr(0, 12), "sha256:" + hex.substr(0, 8),
          "host:5000/team/app@" + image.manifest_digest, "app@" + image.manifest_digest})
        EXPECT_TRUE(store.find(text)) << text;
    for (const auto& text : {"app", "p:1", "other/app:1", "host:5000/team/app", "host:5001/team/app:1"})
        EXPECT_EQ(store.find(text).error().code, Code::not_found) << text;
    EXPECT_THAT(store.find("app").error().message, HasSubstr("redoubtctl image pull app"));
}

TEST_F(ImageStoreTest, PrefersLocalhostForAShortName) {
    auto store = open();
    const auto local = make_image("localhost/app:latest", {"one"});
    ASSERT_TRUE(store.add(make_image("host:5000/app:latest", {"two"}), 1));
    ASSERT_TRUE(store.add(local, 2));
    EXPECT_EQ(store.find("app").value().id, local.config_digest);
}

TEST_F(ImageStoreTest, AsksWhichOfSeveralIsMeant) {
    auto store = open();
    ASSERT_TRUE(store.add(make_image("one:1/app:latest", {"one"}), 1));
    ASSERT_TRUE(store.add(make_image("two:2/app:latest", {"two"}), 2));
    const auto found = store.find("app");
    EXPECT_EQ(found.error().code, Code::invalid_argument);
    EXPECT_THAT(found.error().message, HasSubstr("one:1/app:latest"));
    EXPECT_THAT(found.error().message, HasSubstr("two:2/app:latest"));
}

TEST_F(ImageStoreTest, MovesANameToTheNewerImage) {
    const auto old = make_image("host:1/app:1", {"one"});
    const auto fresh = make_image("host:1/app:1", {"two"});
    auto store = open();
    ASSERT_TRUE(store.add(old, 5));
    ASSERT_TRUE(store.add(fresh, 5));
    for (const auto& each : {store, open()}) {
        EXPECT_EQ(each.find("host:1/app:1").value().id, fresh.config_digest);
        EXPECT_TRUE(each.find(old.config_digest).value().names.empty());
    }
}

TEST_F(ImageStoreTest, AnEncryptedImageIsAnotherThanThePlainOneWithItsConfig) {
    const auto plain = make_image("app:plain", {"one"});
    auto sealed = make_image("app:sealed", {"one"});
    sealed.layers[0].is_for_guest = true;
    sealed.manifest_json.replace(sealed.manifest_json.find(".tar\""), 5, ".tar+encrypted\"");
    sealed.manifest_digest = digest_text(sealed.manifest_json);
    auto store = open();
    ASSERT_TRUE(store.add(sealed, 1));
    ASSERT_TRUE(store.add(plain, 2));
    for (const auto& now : {store, open()}) {
        EXPECT_TRUE(now.find("app:sealed").value().is_encrypted);
        EXPECT_EQ(now.find("app:sealed").value().id, sealed.manifest_digest);
        EXPECT_FALSE(now.find("app:plain").value().is_encrypted);
        EXPECT_TRUE(now.is_blob_used(sealed.config_digest));
    }
}

TEST_F(ImageStoreTest, ANameInTwoFilesMeansTheNewer) {
    const auto old = make_image("host:1/app:1", {"one"});
    const auto fresh = make_image("host:1/app:1", {"two"});
    ASSERT_TRUE(open().add(old, 1));
    const auto text = read_file(file_of(old)).value();
    ASSERT_TRUE(open().add(fresh, 2));
    ASSERT_TRUE(write_file(file_of(old), text)); // as a crash between the two writes leaves it
    EXPECT_EQ(open().find("host:1/app:1").value().id, fresh.config_digest);
}

TEST_F(ImageStoreTest, RemovesNamesThenTheImageAndTellsItsUnusedLayers) {
    auto store = open();
    const auto image = make_image("host:1/app:1", {"shared", "own"});
    ASSERT_TRUE(store.add(image, 1));
    ASSERT_TRUE(store.add(make_image("host:1/other:1", {"shared"}), 1));
    ASSERT_TRUE(store.tag("host:1/app:1", "app:new", 2));
    const auto by_id = store.remove(image.config_digest, RemoveExtent::as_named);
    EXPECT_EQ(by_id.error().code, Code::failed_precondition);
    EXPECT_THAT(by_id.error().message, HasSubstr("localhost/app:new"));
    const auto first = store.remove("app:new", RemoveExtent::as_named).value();
    EXPECT_THAT(first.untagged, ElementsAre("localhost/app:new"));
    EXPECT_TRUE(first.deleted.empty());
    const auto last = open().remove("host:1/app:1", RemoveExtent::as_named).value();
    EXPECT_THAT(last.deleted, ElementsAre(image.config_digest));
    EXPECT_THAT(last.unused_diff_ids, ElementsAre(digest_text("own")));
    EXPECT_EQ(open().list().size(), 1U);
}

TEST_F(ImageStoreTest, RemovesAnImageWithAllItsNames) {
    auto store = open();
    const auto image = make_image("host:1/app:1", {"one"});
    ASSERT_TRUE(store.add(image, 1));
    ASSERT_TRUE(store.tag("app:1", "second", 2));
    EXPECT_EQ(store.remove(image.config_digest, RemoveExtent::whole).value().untagged.size(), 2U);
    EXPECT_TRUE(open().list().empty());
}

TEST_F(ImageStoreTest, PassesOverABrokenFileAndTellsWhich) {
    const auto good = make_image("host:1/good:1", {"one"});
    const auto bad = make_image("host:1/bad:1", {"two"});
    ASSERT_TRUE(open().add(good, 1));
    ASSERT_TRUE(open().add(bad, 1));
    const auto text = read_file(file_of(bad)).value();
    auto edited = text;
    edited.replace(edited.find("\\\"linux\\\""), 9, "\\\"LINUX\\\"");
    for (const auto& broken : {text.substr(0, text.size() / 2), edited, std::string(), std::string("[]")}) {
        ASSERT_TRUE(write_file(file_of(bad), broken));
        const auto store = open();
        EXPECT_EQ(store.list().size(), 1U);
        ASSERT_EQ(store.problems().size(), 1U);
        EXPECT_THAT(store.problems()[0].message, HasSubstr(file_of(bad).native()));
    }
}

TEST_F(ImageStoreTest, DeletesWhatAWriteCutShortLeft) {
    ASSERT_TRUE(write_file(directory_ / "abc.json.ready", "half"));
    EXPECT_TRUE(open().problems().empty());
    EXPECT_FALSE(std::filesystem::exists(directory_ / "abc.json.ready"));
}

TEST(ImageRecord, ReadsTimesWithOffsets) {
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z"), 1'000'000'000);
    EXPECT_EQ(parse_rfc3339("1970-01-01T01:00:01+01:00"), 1'000'000'000);
    EXPECT_EQ(parse_rfc3339("yesterday"), 0);
}

} // namespace
} // namespace redoubt::node::image
