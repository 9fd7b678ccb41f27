// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/layer_annotations.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/oci/encryption/example.hpp"

namespace redoubt::oci::encryption {
namespace {

constexpr std::string_view k_options =
    R"({"cipher":"AES_256_CTR_HMAC_SHA256",)"
    R"("hmac":"P3O+CYaDcR6BmxJouiEWIX3NW7Yv6NTpJyvhe6PflP8=","cipheroptions":{}})";

/// What skopeo and CoCo's key provider wrote. Source: guest-components, coco_keyprovider/README.md,
/// example 2.
constexpr std::string_view k_foreign_packet =
    R"({"kid":"kbs:///default/key/key_id1","wrapped_data":"3EgQbw6CRV4bik2sK3tkMJpycVWDUeuHcYngWkdWu+K0AzCPf7tYBCZ1HlWi)"
    R"(alfgEtD1t0nssva/5hIEmLOmvcarvHiMtDrDIacRHtINLqrQJBeF53d813u/GC+zk/tGxAweWze4uKEQ8mjshr3+bbYwEHJuQr3ugqiWE9g5HguM)"
    R"(GVeEgfQydvu/SfeX2fRy4PZkFr8VnD7Z4k5HWVHZMf4SmhIHaRyUkShOpxuWPpnx9oHhbR0GJwfpoyxO4rtJXi2885qgU2kGUhZ6E2Snh+A=",)"
    R"("iv":"4ezLbeMQdEkY/iuF","wrap_type":"A256GCM"})";

std::map<std::string, std::string> annotations(std::string_view packet,
                                               std::string_view options = k_options) {
    return {{std::string(k_keys_annotation), encoding::to_base64(packet)},
            {std::string(k_options_annotation), encoding::to_base64(options)}};
}

std::string packet_with(std::string_view members) {
    return R"({"kid":"kbs:///a/b/c","wrapped_data":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","iv":"AAECAwQFBgcICQoL",)" +
           std::string(members) + "}";
}

void expect_refused(const std::map<std::string, std::string>& said, Code code, std::string_view message) {
    const auto seal = parse_layer_seal(said);
    ASSERT_FALSE(seal);
    EXPECT_EQ(seal.error(), (Error{code, std::string(message)}));
}

TEST(LayerSeal, IsReadAsOtherToolsWriteIt) {
    const auto seal = parse_layer_seal(annotations(k_foreign_packet)).value();
    ASSERT_EQ(seal.packets.size(), 1U);
    EXPECT_EQ(seal.packets[0].key_uri, "kbs:///default/key/key_id1");
    EXPECT_EQ(seal.packets[0].iv.size(), 12U);
    // The private options as ocicrypt writes them, and a tag: the length says that ours have the same
    // members.
    const LayerKey key{.key = example::key(),
                       .nonce = example::nonce(),
                       .plain_digest = crypto::Digest::parse(example::k_plain_digest).value()};
    const auto ours = wrap_layer_key(key, "kbs:///a/b/c", example::wrapping_key()).value();
    EXPECT_EQ(seal.packets[0].wrapped.size(), ours.wrapped.size());
    EXPECT_EQ(encoding::to_base64(seal.hmac), "P3O+CYaDcR6BmxJouiEWIX3NW7Yv6NTpJyvhe6PflP8=");
}

TEST(LayerSeal, IsWrittenByteForByteAsOtherToolsDo) {
    const auto said = annotations(k_foreign_packet);
    EXPECT_EQ(render_layer_seal(parse_layer_seal(said).value()), said);
}

TEST(LayerSeal, MayBeForSeveralReaders) {
    LayerSeal seal = parse_layer_seal(annotations(k_foreign_packet)).value();
    seal.packets.push_back(seal.packets[0]);
    seal.packets[1].key_uri = "kbs:///another/key/1";
    const auto again = parse_layer_seal(render_layer_seal(seal)).value();
    EXPECT_EQ(again.packets, seal.packets);
}

TEST(LayerSeal, TakesTheSecondVersionOfThePacket) {
    const auto seal = parse_layer_seal(annotations(packet_with(
        R"("version":"0.1.0","provider":"kbs","provider_settings":{},"annotations":{},"wrap_type":"A256GCM")")));
    ASSERT_TRUE(seal) << seal.error().message;
    EXPECT_EQ(seal->packets[0].key_uri, "kbs:///a/b/c");
}

TEST(LayerSeal, IsRefusedWithoutItsAnnotations) {
    expect_refused({}, Code::invalid_argument,
                   "the annotation org.opencontainers.image.enc.keys.provider.attestation-agent is missing");
    auto said = annotations(k_foreign_packet);
    said.erase(std::string(k_options_annotation));
    expect_refused(said, Code::invalid_argument,
                   "the annotation org.opencontainers.image.enc.pubopts is missing");
    said = annotations(k_foreign_packet);
    said[std::string(k_keys_annotation)] = "";
    expect_refused(said, Code::invalid_argument,
                   "org.opencontainers.image.enc.keys.provider.attestation-agent: no key for anybody");
}

TEST(LayerSeal, IsRefusedInFormsThatAreNotSupported) {
    expect_refused(
        annotations(packet_with(R"("wrap_type":"A256CTR")")), Code::unimplemented,
        "org.opencontainers.image.enc.keys.provider.attestation-agent[0].wrap_type: 'A256CTR' is not "
        "supported, only A256GCM, which notices a changed key");
    expect_refused(
        annotations(packet_with(R"("wrap_type":"A256GCM","provider":"aliyun")")), Code::unimplemented,
        "org.opencontainers.image.enc.keys.provider.attestation-agent[0].provider: keys of 'aliyun' "
        "are not supported, only those of a KBS");
    expect_refused(annotations(k_foreign_packet, R"({"cipher":"ROT13","hmac":""})"), Code::unimplemented,
                   "org.opencontainers.image.enc.pubopts: cipher 'ROT13' is not supported, only "
                   "AES_256_CTR_HMAC_SHA256");
}

TEST(LayerSeal, IsRefusedWhenItIsBroken) {
    expect_refused(annotations(R"({"kid":"file:///key","wrap_type":"A256GCM"})"), Code::invalid_argument,
                   "org.opencontainers.image.enc.keys.provider.attestation-agent[0].kid: not a kbs:// URI");
    expect_refused(annotations(k_foreign_packet, R"({"cipher":"AES_256_CTR_HMAC_SHA256","hmac":"AAEC"})"),
                   Code::invalid_argument, "org.opencontainers.image.enc.pubopts.hmac: not 32 bytes");
    std::string many;
    for (int i = 0; i < 17; ++i) many += (i > 0 ? "," : "") + encoding::to_base64(k_foreign_packet);
    auto said = annotations(k_foreign_packet);
    said[std::string(k_keys_annotation)] = many;
    expect_refused(said, Code::resource_exhausted,
                   "org.opencontainers.image.enc.keys.provider.attestation-agent: more than 16 packets");
}

TEST(LayerKey, IsUnwrappedAsOthersWrapIt) {
    for (const auto& wrapped : {example::wrapped(), example::wrapped_loosely()}) {
        const KeyPacket packet{.key_uri = "kbs:///a/b/c", .wrapped = wrapped, .iv = example::iv()};
        const auto key = unwrap_layer_key(packet, example::wrapping_key());
        ASSERT_TRUE(key) << key.error().message;
        EXPECT_EQ(key->key.view(), example::key().view());
        EXPECT_EQ(key->nonce, example::nonce());
    }
}

TEST(LayerKey, ComesBackAsItWasWrapped) {
    const LayerKey key{.key = example::key(), .nonce = example::nonce(), .plain_digest = {}};
    const auto packet = wrap_layer_key(key, "kbs:///a/b/c", example::wrapping_key()).value();
    EXPECT_EQ(packet.key_uri, "kbs:///a/b/c");
    EXPECT_EQ(unwrap_layer_key(packet, example::wrapping_key()).value().key.view(), example::key().view());
}

TEST(LayerKey, IsRefusedWithAnotherWrappingKeyOrAChangedPacket) {
    const Error wanted{Code::permission_denied,
                       "the layer's key was not wrapped by kbs:///a/b/c, or was changed since"};
    KeyPacket packet{.key_uri = "kbs:///a/b/c", .wrapped = example::wrapped(), .iv = example::iv()};
    EXPECT_EQ(unwrap_layer_key(packet, example::key()).error(), wanted);
    packet.wrapped[3] = static_cast<char>(packet.wrapped[3] ^ 1);
    EXPECT_EQ(unwrap_layer_key(packet, example::wrapping_key()).error(), wanted);
}

TEST(LayerKey, IsRefusedWhenTheWrappingKeyIsTooShort) {
    const KeyPacket packet{.key_uri = "kbs:///a/b/c", .wrapped = example::wrapped(), .iv = example::iv()};
    EXPECT_EQ(unwrap_layer_key(packet, crypto::Secret(std::string("passphrase"))).error(),
              (Error{Code::invalid_argument, "the key kbs:///a/b/c has 10 bytes, 32 are needed"}));
}

TEST(EncryptedType, IsTheLayersOwnWithASuffix) {
    EXPECT_EQ(encrypted_type("application/vnd.oci.image.layer.v1.tar+gzip"),
              "application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    EXPECT_EQ(encrypted_type("application/vnd.docker.image.rootfs.diff.tar.gzip"),
              "application/vnd.oci.image.layer.v1.tar+gzip+encrypted");
    EXPECT_EQ(plain_type("application/vnd.oci.image.layer.v1.tar+zstd+encrypted"),
              "application/vnd.oci.image.layer.v1.tar+zstd");
    EXPECT_EQ(encrypted_type("application/vnd.oci.image.layer.v1.tar+encrypted").error().code,
              Code::failed_precondition);
    EXPECT_EQ(encrypted_type("application/json").error().code, Code::unimplemented);
}

} // namespace
} // namespace redoubt::oci::encryption
