// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/layer_keys.hpp"

#include <gtest/gtest.h>

#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

oci::Descriptor descriptor_of(const maker::Layer& layer) {
    return {.media_type = layer.type,
            .digest = crypto::digest_of(layer.blob).value(),
            .size = layer.blob.size(),
            .annotations = layer.annotations};
}

TEST(LayerKeys, ALayerThatIsNotEncryptedNeedsNone) {
    LayerKeys keys(nullptr);
    const auto decryptor = maker::await(keys.decryptor_of(descriptor_of(maker::plain_layer("tar"))));
    ASSERT_TRUE(decryptor);
    EXPECT_FALSE(*decryptor);
}

TEST(LayerKeys, EachWrappingKeyIsAskedForOnce) {
    maker::OneKey broker;
    LayerKeys keys(&broker);
    for (const auto* tar : {"one", "two", "three"})
        EXPECT_TRUE(maker::await(keys.decryptor_of(descriptor_of(maker::encrypted_layer(tar)))).value());
    EXPECT_EQ(broker.asked, 1);
}

TEST(LayerKeys, AnEncryptedLayerIsRefusedWhereNobodyHasKeys) {
    LayerKeys keys(nullptr);
    EXPECT_EQ(maker::await(keys.decryptor_of(descriptor_of(maker::encrypted_layer("tar")))).error(),
              (Error{Code::failed_precondition, "it is encrypted, and this guest asks no broker for keys"}));
}

TEST(LayerKeys, AnotherKeyAtTheBrokerIsRefused) {
    maker::OneKey broker('x');
    LayerKeys keys(&broker);
    EXPECT_EQ(maker::await(keys.decryptor_of(descriptor_of(maker::encrypted_layer("tar")))).error(),
              (Error{Code::permission_denied,
                     "the layer's key was not wrapped by kbs:///images/key/app, or was changed since"}));
}

TEST(LayerKeys, WhatTheBrokerSaysIsPassedOn) {
    maker::OneKey broker;
    LayerKeys keys(&broker);
    auto layer = descriptor_of(maker::encrypted_layer("tar"));
    auto seal = oci::encryption::parse_layer_seal(layer.annotations).value();
    seal.packets[0].key_uri = "kbs:///another/key/1";
    layer.annotations = oci::encryption::render_layer_seal(seal);
    EXPECT_EQ(maker::await(keys.decryptor_of(layer)).error(),
              (Error{Code::not_found, "kbs:///another/key/1: the broker has none"}));
}

TEST(LayerKeys, OneOfSeveralReadersIsEnough) {
    maker::OneKey broker;
    LayerKeys keys(&broker);
    auto layer = descriptor_of(maker::encrypted_layer("tar"));
    auto seal = oci::encryption::parse_layer_seal(layer.annotations).value();
    seal.packets.insert(seal.packets.begin(), seal.packets[0]);
    seal.packets[0].key_uri = "kbs:///another/key/1";
    layer.annotations = oci::encryption::render_layer_seal(seal);
    EXPECT_TRUE(maker::await(keys.decryptor_of(layer)).value());
}

} // namespace
} // namespace redoubt::guest::image
