// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/pull.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "common/base/file.hpp"
#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

std::string tar_of(const std::string& name, const std::string& bytes) {
    return maker::make_tar({{.entry = {.path = name, .uid = ::getuid(), .gid = ::getgid()}, .bytes = bytes}});
}

/// A broker at whose door something happens.
class OnAsking final : public key_release::ResourceSource {
  public:
    explicit OnAsking(std::function<void()> happen) : happen_(std::move(happen)) {}
    Task<crypto::Secret> get(std::string uri) override {
        happen_();
        co_return co_await key_.get(std::move(uri));
    }

  private:
    std::function<void()> happen_;
    maker::OneKey key_;
};

/// An image on its way into a guest, and what a host may do to it.
class PullTest : public ::testing::Test {
  protected:
    PullTest()
        : layers_{maker::plain_layer(tar_of("low", "common")),
                  maker::encrypted_layer(tar_of("high", "secret"))},
          image_(maker::make_image(layers_)), request_(request_of(image_)), disks_(disks_of(image_)) {}

    static PullRequest request_of(const maker::Image& image) {
        return {.reference = image.reference(),
                .manifest_digest = crypto::digest_of(image.manifest).value(),
                .manifest_disk = "0:2",
                .manifest_size = image.manifest.size(),
                .config_disk = "0:3",
                .layer_disks = {"0:0", "0:1"},
                .scratch_disk = "0:4"};
    }
    static PullDisks disks_of(const maker::Image& image) {
        PullDisks disks;
        disks.manifest = maker::disk_of(image.manifest);
        disks.config = maker::disk_of(image.config);
        for (const auto& blob : image.blobs) disks.layers.push_back(maker::disk_of(blob));
        return disks;
    }
    Result<std::vector<std::string>> pull_it(PullLimits limits = {}) {
        return maker::await(pull(request_, std::move(disks_), scratch_.open(),
                                 {.authority = authority_, .resources = broker_, .note = note_}, limits));
    }
    void expect_refused(Code code, const std::string& message, PullLimits limits = {}) {
        const auto pulled = pull_it(limits);
        ASSERT_FALSE(pulled);
        EXPECT_EQ(pulled.error(), (Error{code, "image " + request_.reference + ": " + message}));
    }
    [[nodiscard]] std::string layer_name(std::size_t i) const {
        return std::format("layer {} of 2 ({})", i + 1, maker::digest_of(layers_[i].blob));
    }
    /// The image has a signature, without which none is taken.
    void sign_with(const crypto::PrivateKey& key) {
        const auto document = maker::signatures_of({maker::sign(image_.manifest, key)});
        request_.signatures_disk = "0:5";
        request_.signatures_size = document.size();
        disks_.signatures = maker::disk_of(document);
        authority_ = ImageAuthority::make({.policy = maker::policy_for(key.public_key().value())}).value();
    }
    /// A layer of the image is another one; the manifest knows.
    void remake(std::size_t i, maker::Layer layer) {
        layers_[i] = std::move(layer);
        image_ = maker::make_image(layers_);
        request_ = request_of(image_);
        disks_ = disks_of(image_);
    }

    ImageAuthority authority_;
    maker::OneKey key_;
    key_release::ResourceSource* broker_ = &key_;
    NoteImage note_;
    std::vector<maker::Layer> layers_;
    maker::Image image_;
    PullRequest request_;
    PullDisks disks_;
    maker::Folder scratch_;
};

TEST_F(PullTest, UnpacksPlainAndEncryptedLayersLowestFirst) {
    const auto folders = pull_it();
    ASSERT_TRUE(folders) << folders.error().message;
    EXPECT_EQ(*folders, (std::vector<std::string>{"layer-0", "layer-1"}));
    EXPECT_EQ(read_file(scratch_.path() / "layer-0/low"), "common");
    EXPECT_EQ(read_file(scratch_.path() / "layer-1/high"), "secret");
    // The blobs it went through are gone.
    EXPECT_EQ(std::ranges::distance(std::filesystem::directory_iterator(scratch_.path())), 2);
}

TEST_F(PullTest, TheImageIsNotedBeforeItsKeysAreAskedFor) {
    std::vector<std::string> happened;
    OnAsking broker([&] { happened.emplace_back("key"); });
    broker_ = &broker;
    note_ = [&](const std::string& reference, const crypto::Digest& digest) -> Task<> {
        happened.push_back(reference + " " + digest.str());
        co_return Status{};
    };
    ASSERT_TRUE(pull_it());
    EXPECT_EQ(happened, (std::vector<std::string>{
                            request_.reference + " " + maker::digest_of(image_.manifest), "key"}));
}

TEST_F(PullTest, AnImageThatCannotBeNotedGetsNoKeys) {
    OnAsking broker([] { ADD_FAILURE() << "a key was asked for"; });
    broker_ = &broker;
    note_ = [](const std::string&, const crypto::Digest&) -> Task<> {
        co_return fail(Code::resource_exhausted, "the log is full");
    };
    expect_refused(Code::resource_exhausted, "the log is full");
}

TEST_F(PullTest, AFlippedByteInALayerIsRefused) {
    auto blob = image_.blobs[1];
    blob[blob.size() / 2] = static_cast<char>(blob[blob.size() / 2] ^ 1);
    disks_.layers[1] = maker::disk_of(blob);
    expect_refused(Code::data_loss, layer_name(1) + ": its disk holds " + maker::digest_of(blob) + ", not " +
                                        maker::digest_of(image_.blobs[1]));
    EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(PullTest, NoKeyIsAskedForWhenAByteOfAnyLayerWasFlipped) {
    for (const std::size_t changed : {0U, 1U}) {
        disks_ = disks_of(image_);
        auto blob = image_.blobs[changed];
        blob.back() = static_cast<char>(blob.back() ^ 1);
        disks_.layers[changed] = maker::disk_of(blob);
        EXPECT_FALSE(pull_it()) << changed;
        EXPECT_EQ(key_.asked, 0) << changed;
    }
    disks_ = disks_of(image_);
    EXPECT_TRUE(pull_it());
    EXPECT_EQ(key_.asked, 1);
}

TEST_F(PullTest, ADiskThatIsChangedAfterItsDigestWasCheckedChangesNothing) {
    auto disk = maker::disk_of(image_.blobs[1]);
    OnAsking broker([&disk] { ASSERT_EQ(::pwrite(disk.get(), "evil", 4, 0), 4); });
    broker_ = &broker;
    disks_.layers[1] = UniqueFd(::dup(disk.get()));
    const auto folders = pull_it();
    ASSERT_TRUE(folders) << folders.error().message;
    EXPECT_EQ(read_file(scratch_.path() / "layer-1/high"), "secret");
}

TEST_F(PullTest, LayersInAnotherOrderAreRefused) {
    std::swap(disks_.layers[0], disks_.layers[1]);
    const auto pulled = pull_it();
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, Code::data_loss);
    EXPECT_TRUE(pulled.error().message.starts_with("image " + request_.reference + ": " + layer_name(0) +
                                                   ": its disk holds sha256:"))
        << pulled.error().message;
}

TEST_F(PullTest, AMissingLayerIsRefused) {
    disks_.layers.pop_back();
    expect_refused(Code::invalid_argument, "it has 2 layers, and the host brings disks for 1");
}

TEST_F(PullTest, ADiskThatIsCutShortIsRefused) {
    disks_.layers[0] = maker::file_of("");
    expect_refused(Code::data_loss, layer_name(0) + ": its disk ends after 0 of " +
                                        std::to_string(image_.blobs[0].size()) + " bytes");
}

TEST_F(PullTest, TheManifestOfAnotherImageIsRefused) {
    const auto other = maker::make_image({maker::plain_layer(tar_of("evil", "x"))});
    disks_ = disks_of(other);
    request_.manifest_size = other.manifest.size();
    expect_refused(Code::data_loss, "manifest: its disk holds " + maker::digest_of(other.manifest) +
                                        ", not " + request_.manifest_digest->str());
}

TEST_F(PullTest, ATagIsRefusedWhereNothingElseSaysWhichImageItMayBe) {
    request_.reference = "registry.example/app:1";
    request_.manifest_digest.reset();
    expect_refused(Code::failed_precondition,
                   "the reference names no digest, and initdata has no signature policy: nothing says which "
                   "image it may be");
}

TEST_F(PullTest, ATagIsTakenWithASignatureFromTheHostsDisk) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    sign_with(key);
    request_.reference = "registry.example/app:1";
    request_.manifest_digest.reset();
    const auto folders = pull_it();
    EXPECT_TRUE(folders) << folders.error().message;
}

TEST_F(PullTest, AnotherImageUnderASignedNameIsRefused) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    sign_with(key);
    const auto other = maker::make_image({maker::plain_layer(tar_of("evil", "x"))});
    auto signatures = std::move(disks_.signatures);
    disks_ = disks_of(other);
    disks_.signatures = std::move(signatures);
    request_.manifest_size = other.manifest.size();
    request_.reference = "registry.example/app:1";
    request_.manifest_digest.reset();
    expect_refused(
        Code::permission_denied,
        "scope 'default' wants a signature by the key in keyData: that key signed registry.example/app (" +
            maker::digest_of(image_.manifest) + "), not registry.example/app:1 (" +
            maker::digest_of(other.manifest) + ")");
    EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(PullTest, SignaturesInAnotherFormAreRefused) {
    request_.signatures_disk = "0:5";
    request_.signatures_size = 2;
    disks_.signatures = maker::disk_of("{}");
    expect_refused(Code::invalid_argument, "signatures.version: missing");
}

TEST_F(PullTest, TheConfigOfAnotherImageIsRefused) {
    auto config = image_.config;
    std::swap(config[config.size() - 6], config[config.size() - 7]);
    disks_.config = maker::disk_of(config);
    expect_refused(Code::data_loss, "config: its disk holds " + maker::digest_of(config) + ", not " +
                                        maker::digest_of(image_.config));
}

TEST_F(PullTest, AWrongKeyIsRefusedBeforeAnyLayerIsUnpacked) {
    maker::OneKey another('x');
    broker_ = &another;
    expect_refused(
        Code::permission_denied,
        layer_name(1) +
            ": key: the layer's key was not wrapped by kbs:///images/key/app, or was changed since");
    EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(PullTest, AnEncryptedImageIsRefusedWithoutABroker) {
    broker_ = nullptr;
    expect_refused(Code::failed_precondition,
                   layer_name(1) + ": key: it is encrypted, and this guest asks no broker for keys");
}

TEST_F(PullTest, AnHmacThatDoesNotFitIsRefusedThoughTheDigestDoes) {
    auto layer = layers_[1];
    auto seal = oci::encryption::parse_layer_seal(layer.annotations).value();
    seal.hmac = std::string(32, 'h');
    layer.annotations = oci::encryption::render_layer_seal(seal);
    remake(1, layer);
    expect_refused(Code::data_loss, layer_name(1) +
                                        ": decrypt: the HMAC does not fit: bytes are missing or were "
                                        "changed");
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "layer-1"));
}

TEST_F(PullTest, ContentThatTheConfigDoesNotNameIsRefused) {
    auto layer = maker::encrypted_layer(tar_of("high", "secret"));
    const auto diff_id = layer.diff_id;
    layer.diff_id = maker::digest_of("another tar");
    remake(1, layer);
    expect_refused(Code::data_loss, layer_name(1) + ": unpack: its content has diff id " + diff_id +
                                        ", not " + layer.diff_id + " as the image's config says");
}

TEST_F(PullTest, ALayerBeyondTheLimitIsRefusedUnread) {
    PullLimits limits;
    limits.layer.max_bytes = 10;
    expect_refused(Code::resource_exhausted,
                   layer_name(0) + ": " + std::to_string(image_.blobs[0].size()) +
                       " bytes, at most 10 are allowed",
                   limits);
}

TEST_F(PullTest, AHostileArchiveIsRefusedByItsEntry) {
    remake(1, maker::encrypted_layer(tar_of("../out", "x")));
    expect_refused(Code::invalid_argument, layer_name(1) + ": unpack: entry '../out': contains '..'");
}

} // namespace
} // namespace redoubt::guest::image
