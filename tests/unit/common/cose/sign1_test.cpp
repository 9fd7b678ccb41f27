// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/cose/sign1.hpp"

#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"

namespace redoubt::cose {
namespace {

using encoding::from_hex;

/// Protected header, unprotected header, payload and signature as an array.
std::string message_of(std::string_view header_hex, std::string_view unprotected_hex,
                       std::string_view payload, std::string_view signature) {
    return cbor::encode_head(4, 4) + cbor::encode_bytes(from_hex(header_hex).value()) +
           from_hex(unprotected_hex).value() + cbor::encode_bytes(payload) + cbor::encode_bytes(signature);
}

std::string fault_of(std::string_view bytes) {
    const auto document = cbor::parse("x", bytes);
    if (!document) return document.error().message;
    const auto message = parse_sign1("x", document->root());
    return message ? std::string() : message.error().message;
}

// RFC 9052, appendix C.2.1: ES256 by the key "11".
TEST(Sign1, KnowsThePublishedExample) {
    const auto bytes =
        from_hex("8443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab0"
                 "5aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f1"
                 "1d3b0916e5a4c345cacb36")
            .value();
    const auto document = cbor::parse("x", bytes).value();
    const auto message = parse_sign1("x", document.root());
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->algorithm, Algorithm::es256);
    EXPECT_EQ(message->payload, "This is the content.");
    EXPECT_EQ(bytes.substr(message->payload_offset, 4), "This");
    const auto key = crypto::PublicKey::from_point(
        {crypto::Curve::p256,
         from_hex("bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff").value(),
         from_hex("20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e").value()});
    ASSERT_TRUE(key);
    EXPECT_TRUE(verify_sign1(*message, *key));
    // The first part is the structure's name, the third what comes from outside: nothing.
    EXPECT_TRUE(signed_bytes(message->protected_bytes, message->payload)
                    .starts_with(from_hex("846a5369676e61747572653143a1012640").value()));
}

struct Signed {
    crypto::PrivateKey key;
    const char* header;
    crypto::HashAlgorithm hash;
};

TEST(Sign1, VerifiesEachKindOfKeyByItsOwnAlgorithmOnly) {
    const auto p256 = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto p384 = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    // RFC 8410, 10.3: an Ed25519 key.
    const auto ed25519 =
        crypto::PrivateKey::parse_pem("-----BEGIN PRIVATE KEY-----\n"
                                      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                      "-----END PRIVATE KEY-----\n")
            .value();
    const std::string payload = "payload";
    // ES256 and ESP256, ES384 and ESP384, EdDSA and Ed25519.
    for (const auto& [key, header, hash] :
         std::initializer_list<Signed>{{p256, "a10126", crypto::HashAlgorithm::sha256},
                                       {p256, "a10128", crypto::HashAlgorithm::sha256},
                                       {p384, "a1013822", crypto::HashAlgorithm::sha384},
                                       {p384, "a1013832", crypto::HashAlgorithm::sha384},
                                       {ed25519, "a10127", crypto::HashAlgorithm::sha256},
                                       {ed25519, "a10132", crypto::HashAlgorithm::sha256}}) {
        const auto wanted = signed_bytes(from_hex(header).value(), payload);
        const auto is_edwards = key.public_key()->is_ed25519();
        const auto signature = is_edwards ? key.sign_ed25519(wanted) : key.sign_ecdsa(hash, wanted);
        auto bytes = message_of(header, "a0", payload, signature.value());
        const auto document = cbor::parse("x", bytes).value();
        const auto message = parse_sign1("x", document.root()).value();
        EXPECT_TRUE(verify_sign1(message, key.public_key().value())) << header;
        for (const auto& other : {p256, p384, ed25519}) {
            const bool is_same = other.native() == key.native();
            EXPECT_EQ(verify_sign1(message, other.public_key().value()).has_value(), is_same) << header;
        }
        for (const auto at : {message.payload_offset, bytes.size() - 1}) {
            auto changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            const auto other = cbor::parse("x", changed).value();
            EXPECT_EQ(
                verify_sign1(parse_sign1("x", other.root()).value(), key.public_key().value()).error().code,
                Code::permission_denied)
                << header;
        }
    }
}

TEST(Sign1, RefusesAnAlgorithmThatIsNotTheKeys) {
    // ES384's identifier over a signature by a key of P-256, which the old identifiers would allow.
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const std::string header = "a1013822";
    const auto signature =
        key.sign_ecdsa(crypto::HashAlgorithm::sha384, signed_bytes(from_hex(header).value(), "p")).value();
    const auto bytes = message_of(header, "a0", "p", signature);
    const auto document = cbor::parse("x", bytes).value();
    const auto status = verify_sign1(parse_sign1("x", document.root()).value(), key.public_key().value());
    EXPECT_EQ(status.error().message, "COSE: signed with ES384, which is not the key's");
}

TEST(Sign1, NamesWhatIsMalformed) {
    EXPECT_EQ(fault_of(from_hex("80").value()), "x: byte 0: 0 parts, where a COSE_Sign1 has 4");
    EXPECT_EQ(fault_of(from_hex("a0").value()), "x: byte 0: not an array");
    EXPECT_EQ(fault_of(from_hex("84a0a04040").value()), "x: byte 1: not a byte string");
    EXPECT_EQ(fault_of(message_of("", "a0", "p", "s")), "x: byte 2: cut short");
    EXPECT_EQ(fault_of(message_of("80", "a0", "p", "s")), "x: byte 2: not a map");
    EXPECT_EQ(fault_of(message_of("a0", "a0", "p", "s")), "x: byte 2: a number is missing");
    // An algorithm that nobody protects is none.
    EXPECT_EQ(fault_of(message_of("a0", "a10126", "p", "s")), "x: byte 2: a number is missing");
    EXPECT_EQ(fault_of(message_of("a10126", "a10126", "p", "s")),
              "x: byte 6: a label that is protected as well");
    EXPECT_EQ(fault_of(message_of("a10126", "80", "p", "s")), "x: byte 5: not a map");
    // PS256, HMAC, and a name.
    EXPECT_EQ(fault_of(message_of("a1013824", "a0", "p", "s")), "x: byte 4: algorithm -37 is not known");
    EXPECT_EQ(fault_of(message_of("a10105", "a0", "p", "s")), "x: byte 4: algorithm 5 is not known");
    EXPECT_EQ(fault_of(message_of("a1016161", "a0", "p", "s")), "x: byte 4: not a number");
    EXPECT_EQ(fault_of(message_of("a20126028101", "a0", "p", "s")), "x: byte 6: header 2 is not implemented");
    EXPECT_EQ(fault_of(message_of("a2012619010226", "a0", "p", "s")),
              "x: byte 8: header 258 is not implemented");
    std::string labels = "b841"; // {1000: 0, 1001: 0...}
    for (int label = 1000; label < 1065; ++label) labels += std::format("19{:04x}00", label);
    EXPECT_EQ(fault_of(message_of("a10126", labels, "p", "s")), "x: byte 5: too many labels");
    // A payload that is elsewhere.
    EXPECT_EQ(fault_of(from_hex("8443a10126a0f640").value()), "x: byte 6: not a byte string");
}

} // namespace
} // namespace redoubt::cose
