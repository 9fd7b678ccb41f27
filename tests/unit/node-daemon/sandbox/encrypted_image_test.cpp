// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/initdata/initdata.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "node-daemon/image/image_record.hpp"
#include "node-daemon/sandbox/guest_image_use.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/plan_sandbox.hpp"
#include "node-daemon/storage/blob_store.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing::HasSubstr;
using testing_support::NodeTest;

std::string digest_of(std::string_view bytes) {
    return crypto::digest_of(bytes).value().str();
}

/// An image of one layer that is encrypted, as a pull brings it.
class EncryptedImages : public NodeTest {
  protected:
    image::FetchedImage fetched(const std::string& name = "registry.example/sealed:1") {
        image::FetchedImage image;
        image.name = name;
        image.platform = "linux/amd64";
        image.config_json =
            R"({"architecture":"amd64","os":"linux","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[")" +
            digest_of("tar") + R"("]}})";
        image.config_digest = digest_of(image.config_json);
        image.manifest_json =
            R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
            image.config_digest + R"(","size":)" + std::to_string(image.config_json.size()) +
            R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip+encrypted","digest":")" +
            digest_of(ciphertext_) + R"(","size":)" + std::to_string(ciphertext_.size()) + "}]}";
        image.manifest_digest = digest_of(image.manifest_json);
        const auto blob = directory_ / "state/blob";
        EXPECT_TRUE(write_file(blob, ciphertext_));
        image.layers.push_back({.digest = digest_of(ciphertext_),
                                .diff_id = digest_of("tar"),
                                .size_bytes = ciphertext_.size(),
                                .blob = blob,
                                .is_for_guest = true});
        return image;
    }
    ImageInfo keep() {
        return run(keep_image(node(), fetched(), [](const ImageLayerProgress&) {})).value();
    }
    storage::BlobStore blobs() { return storage::BlobStore(node().guest_blob_directory()); }
    static ContainerSpec spec() {
        ContainerSpec spec;
        spec.image = "registry.example/sealed:1";
        return spec;
    }

    const std::string ciphertext_ = std::string(700, 'c');
};

TEST_F(EncryptedImages, AreKeptAsTheBlobsTheyCameAs) {
    const auto image = keep();
    EXPECT_TRUE(image.is_encrypted);
    EXPECT_EQ(image.size_bytes, 700U);
    EXPECT_EQ(blobs().list().size(), 3U);
    EXPECT_TRUE(blobs().find(digest_of(ciphertext_), 700));
    EXPECT_TRUE(node().layers.list().size() == 1) << "only the fixture's own layer is converted";
    const auto details = run(inspect_image(node(), image.id)).value();
    EXPECT_TRUE(details.image.is_encrypted);
    EXPECT_EQ(details.layers[0].size_bytes, 700U);
    EXPECT_EQ(details.layers[0].conversion, "");
}

TEST_F(EncryptedImages, AreKnownAgainAfterARestart) {
    const auto id = keep().id;
    stop_daemon();
    start_daemon();
    EXPECT_TRUE(node().images.find(id).value().is_encrypted);
}

TEST_F(EncryptedImages, LeaveNoBlobsBehindWhenTheDaemonIsKilledBetween) {
    const auto kept = keep();
    ASSERT_TRUE(blobs().keep_bytes(digest_of("stray"), "stray"));
    stop_daemon();
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(blobs().list().size(), 3U);
    EXPECT_TRUE(blobs().find(digest_of(ciphertext_), 700));
}

TEST_F(EncryptedImages, AreOtherImagesThanTheOneTheyWereMadeOf) {
    const auto sealed = keep();
    auto plain = fetched("registry.example/plain:1");
    constexpr std::string_view k_suffix = "+encrypted";
    plain.manifest_json.erase(plain.manifest_json.find(k_suffix), k_suffix.size());
    plain.manifest_digest = digest_of(plain.manifest_json);
    plain.layers[0].is_for_guest = false;
    plain.layers[0].blob.clear();
    const auto other = run(keep_image(node(), plain, [](const ImageLayerProgress&) {})).value();
    EXPECT_NE(other.id, sealed.id);
    EXPECT_EQ(sealed.id, sealed.manifest_digest);
    EXPECT_TRUE(node().images.find("registry.example/sealed:1").value().is_encrypted);
    EXPECT_FALSE(node().images.find("registry.example/plain:1").value().is_encrypted);
}

TEST_F(EncryptedImages, AreNotFetchedTwice) {
    keep();
    const auto skip = make_skip(node());
    EXPECT_TRUE(skip(fetched().layers[0]));
    auto plain = fetched().layers[0];
    plain.is_for_guest = false;
    EXPECT_FALSE(skip(plain)) << "the same content, converted, is not here";
}

TEST_F(EncryptedImages, NeedTheLevelConfidential) {
    keep();
    for (const auto level : {launch::IsolationLevel::vm, launch::IsolationLevel::gvisor}) {
        auto wanted = spec();
        wanted.level = level;
        const auto created = run(create_container(node(), wanted));
        ASSERT_FALSE(created);
        EXPECT_EQ(created.error().code, Code::failed_precondition);
        EXPECT_THAT(
            created.error().message,
            HasSubstr("image 'registry.example/sealed:1' is encrypted: it needs the level confidential, "
                      "which this container of level " +
                      std::string(launch::name_of(level)) + " has not; run it with --runtime confidential"));
    }
}

TEST_F(EncryptedImages, AreHandedToAGuestByTheirDigest) {
    const auto image = keep();
    store::ContainerRecord record;
    record.id = ContainerId("c1");
    record.image_id = image.id;
    auto wanted = spec();
    wanted.level = launch::IsolationLevel::confidential;
    wanted.annotations = {{std::string(initdata::k_annotation),
                           initdata::make_annotation("version = '0.1.0'\nalgorithm = 'sha256'\n").value()}};
    node().settings.facts.confidential.simulator = "/run/redoubt-simtee/simtee.sock";
    const Container container(node().executor, node().pool, record, wanted, directory_ / "log", 1U << 20U);
    const auto planned = plan_sandbox(node(), container, SandboxId("s1"));
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_EQ(planned->plan.storages.size(), 1U);
    EXPECT_EQ(planned->plan.storages[0].source, "registry.example/sealed@" + image.manifest_digest);
    EXPECT_EQ(planned->plan.vm.disks.size(), 4U) << "manifest, config, layer, initdata";
    EXPECT_EQ(planned->plan.volumes.back().file,
              node().container_directory(ContainerId("c1")) / "scratch.img");
}

TEST_F(EncryptedImages, TakeTheirBlobsWithThem) {
    const auto image = keep();
    ASSERT_TRUE(run(remove_image(node(), image.id, RemoveImageMode::only_unused)));
    EXPECT_TRUE(blobs().list().empty());
}

TEST_F(EncryptedImages, GiveTheirSpaceBackWhenTheyArePruned) {
    keep();
    const auto pruned = run(prune_images(node(), PruneScope::unused)).value();
    EXPECT_GE(pruned.reclaimed_bytes, 1024U);
    EXPECT_TRUE(blobs().list().empty());
}

TEST_F(EncryptedImages, LeaveNothingWhenTheyCannotBeKept) {
    auto image = fetched();
    image.config_json = "{";
    ASSERT_FALSE(run(keep_image(node(), image, [](const ImageLayerProgress&) {})));
    EXPECT_TRUE(blobs().list().empty());
}

class GuestReference : public ::testing::Test {
  protected:
    GuestReference() {
        image_.manifest_digest = "sha256:" + std::string(64, 'a');
        image_.names = {{"registry.example/app:1", 1}};
    }
    [[nodiscard]] std::string of(const std::string& wanted, Authorised authorised) const {
        return guest_reference(wanted, image_, authorised);
    }
    image::StoredImage image_;
};

TEST_F(GuestReference, IsWhatWasAskedForWhenThatHasTheDigest) {
    const auto whole = "registry.example/app:2@" + image_.manifest_digest;
    EXPECT_EQ(of(whole, Authorised::by_digest), whole);
    EXPECT_EQ(of(whole, Authorised::by_signature), whole);
}

TEST_F(GuestReference, HasTheDigestWhereThatAuthorises) {
    EXPECT_EQ(of("app", Authorised::by_digest), "registry.example/app@" + image_.manifest_digest);
    EXPECT_EQ(of("registry.example/app:1", Authorised::by_digest),
              "registry.example/app@" + image_.manifest_digest);
    image_.names.clear();
    EXPECT_EQ(of("aaaa", Authorised::by_digest), "localhost/unnamed@" + image_.manifest_digest);
}

TEST_F(GuestReference, KeepsItsTagWhereASignatureAuthorises) {
    EXPECT_EQ(of("registry.example/app:1", Authorised::by_signature), "registry.example/app:1");
    EXPECT_EQ(of("registry.example/app", Authorised::by_signature), "registry.example/app");
    EXPECT_EQ(of("app:1", Authorised::by_signature), "registry.example/app:1");
    EXPECT_EQ(of("app@" + image_.manifest_digest, Authorised::by_signature),
              "registry.example/app@" + image_.manifest_digest);
}

TEST_F(EncryptedImages, KeepTheirSignaturesAsABlobThatGoesWithThem) {
    auto image = fetched();
    image.signatures = R"({"version":1,"signatures":[]})";
    const auto kept = run(keep_image(node(), image, [](const ImageLayerProgress&) {})).value();
    const auto digest = crypto::digest_of(image.signatures).value().str();
    EXPECT_TRUE(blobs().find(digest, image.signatures.size()));
    const auto again =
        image::parse_image_record(image::render_image_record(node().images.find(kept.id).value()));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->signatures, image.signatures);
    EXPECT_EQ(again->signatures_digest, digest);
    ASSERT_TRUE(run(remove_image(node(), kept.id, RemoveImageMode::only_unused)));
    EXPECT_TRUE(blobs().list().empty());
}

} // namespace
} // namespace redoubt::node::sandbox
