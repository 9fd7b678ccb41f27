// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/guest_secrets.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"
#include "common/tee/event_log/runtime_events.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"
#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::confidential {
namespace {

/// A broker with a password, and the key that who seals has.
class FakeSource final : public key_release::ResourceSource {
  public:
    explicit FakeSource(const crypto::PrivateKey& key)
        : key_(boost::json::serialize(jose::jwk_json(key.public_key().value()).value())) {}
    Task<crypto::Secret> get(std::string uri) override {
        if (uri == "kbs:///keys/seal/1") co_return crypto::Secret::copy_of(key_);
        if (uri == "kbs:///app/volume/1") co_return crypto::Secret(std::string(32, 'k'));
        if (uri == "kbs:///app/password/1") co_return crypto::Secret::copy_of("line one\nline two\n");
        co_return fail(Code::not_found, "{}: none", uri);
    }

  private:
    std::string key_;
};

/// A processor with a register, or without one.
class FakeRegister final : public attester::EvidenceDevice {
  public:
    FakeRegister(Status outcome, std::vector<std::string>& digests)
        : outcome_(std::move(outcome)), digests_(digests) {}
    Task<attester::RawEvidence> evidence_over(std::string /*report_data*/) override {
        co_return fail(Code::unimplemented, "nobody asks for it");
    }
    Task<> extend(std::uint32_t /*rtmr*/, std::string digest) override {
        if (outcome_) digests_.push_back(std::move(digest));
        co_return outcome_;
    }

  private:
    Status outcome_;
    std::vector<std::string>& digests_;
};

class GuestSecretsTest : public ttrpc::ConnectionTest {
  protected:
    GuestSecretsTest() { have(fail(Code::unimplemented, "no register")); }
    /// A processor that answers this when its register is to be extended.
    void have(Status outcome) {
        attester_ = std::make_unique<attester::Attester>(
            std::make_unique<FakeRegister>(std::move(outcome), digests_), context_.get_executor());
        secrets_.ask(source_, by_digest_, *attester_);
    }
    Result<std::vector<std::string>> pull() {
        image::PullDisks disks;
        disks.manifest = image::maker::disk_of(image_.manifest);
        disks.config = image::maker::disk_of(image_.config);
        disks.layers.push_back(image::maker::disk_of(image_.blobs.front()));
        const image::maker::Folder scratch;
        return run(secrets_.pull({.reference = image_.reference(),
                                  .manifest_digest = crypto::digest_of(image_.manifest).value(),
                                  .manifest_disk = "0:1",
                                  .manifest_size = image_.manifest.size(),
                                  .config_disk = "0:2",
                                  .layer_disks = {"0:0"},
                                  .scratch_disk = "0:3"},
                                 std::move(disks), scratch.open()));
    }

    std::string sealed(const std::string& name = "kbs:///app/password/1") {
        const auto payload = boost::json::serialize(boost::json::object{
            {"version", "0.1.0"}, {"type", "vault"}, {"name", name}, {"provider", "kbs"}});
        return "sealed." + jose::sign_jws({{"kid", "kbs:///keys/seal/1"}}, payload, key_).value();
    }
    Result<std::string> file(std::string bytes) { return run(secrets_.unseal_file(std::move(bytes))); }

    crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    FakeSource source_{key_};
    image::ImageAuthority by_digest_;
    std::vector<std::string> digests_;
    std::unique_ptr<attester::Attester> attester_;
    GuestSecrets secrets_;
    image::maker::Image image_ = image::maker::make_image({image::maker::plain_layer(image::maker::make_tar(
        {{.entry = {.path = "file", .uid = ::getuid(), .gid = ::getgid()}, .bytes = "x"}}))});
};

TEST_F(GuestSecretsTest, AnImageThatIsPulledIsMeasuredWhereThereIsARegister) {
    EXPECT_TRUE(pull()) << "without one nothing pretends that it was";
    EXPECT_TRUE(digests_.empty());
    have({});
    ASSERT_TRUE(pull());
    const auto content = R"({"image":")" + image_.reference() + R"(","digest":")" +
                         image::maker::digest_of(image_.manifest) + "\"}";
    const auto event = tee::measure_event({"github.com/confidential-containers", "PullImage", content});
    EXPECT_EQ(digests_, std::vector<std::string>{event->digest});
}

TEST_F(GuestSecretsTest, AnImageThatARegisterDidNotTakeIsNotPulled) {
    have(fail(Code::unavailable, "gone"));
    EXPECT_EQ(pull().error().code, Code::unavailable);
}

TEST_F(GuestSecretsTest, AFileThatIsASealedSecretBecomesWhatItStandsFor) {
    for (const auto* end : {"", "\n", "\r\n"}) EXPECT_EQ(file(sealed() + end), "line one\nline two\n");
}

TEST_F(GuestSecretsTest, AFileThatIsNoneStaysAsItIs) {
    for (const std::string bytes :
         {"", "\n", "plain", " sealed.a.b.c", "sealed", "sealed. is the first word of this text\n"})
        EXPECT_EQ(file(bytes), bytes);
    const auto two = sealed() + "\n" + sealed();
    EXPECT_EQ(file(two), two);
}

TEST_F(GuestSecretsTest, AFileThatCannotBeOpenedIsAnErrorAndNotItsWords) {
    EXPECT_FALSE(file("sealed.a.b.c"));
    EXPECT_FALSE(file("sealed.example.com"));
    EXPECT_EQ(file(sealed("kbs:///app/none/1")).error().code, Code::not_found);
    key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    EXPECT_EQ(file(sealed()).error().code, Code::permission_denied);
}

TEST_F(GuestSecretsTest, WithoutAnybodyToAskWordsStayWords) {
    GuestSecrets nobody;
    EXPECT_EQ(run(nobody.unseal_file("sealed.a.b.c")), "sealed.a.b.c");
}

TEST_F(GuestSecretsTest, AVolumesKeyComesFromTheBrokerAndIsOne) {
    EXPECT_TRUE(run(secrets_.volume_key("kbs:///app/volume/1")));
    EXPECT_EQ(run(secrets_.volume_key("kbs:///app/none/1")).error().code, Code::not_found);
    EXPECT_EQ(run(secrets_.volume_key("kbs:///app/password/1")).error().code, Code::invalid_argument);
    GuestSecrets nobody;
    EXPECT_EQ(run(nobody.volume_key("kbs:///app/volume/1")).error().code, Code::failed_precondition);
}

} // namespace
} // namespace redoubt::guest::confidential
